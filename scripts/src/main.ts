import { existsSync } from 'node:fs';
import { type ExternalCommand, type Profile, runProcess } from '@sillage/cli';
import { admin } from './admin.ts';
import { audit } from './audit.ts';
import { bench } from './bench.ts';
import { checkModels } from './check-models.ts';
import { DataFolder, defaultData } from './fleet/data-folder.ts';
import { tryImages } from './images/try-images.ts';
import { load } from './load.ts';
import { runTests } from './test.ts';
import { up } from './up.ts';

/** What a checkout can do beside the command line that is for everybody: each reads its own options. */
const ofCheckout: readonly ExternalCommand[] = [
  { path: ['up'], summary: 'Start every service on this machine and ask it the three questions', run: up },
  { path: ['test'], summary: 'Build, then run every test', run: runTests },
  { path: ['bench'], summary: 'Measure speed and memory against a baseline in the same run', run: bench },
  {
    path: ['load'],
    summary: 'Send requests at fixed rates to a running fleet, and count what fails',
    run: load,
  },
  {
    path: ['edge'],
    summary: 'Read a sensor (serial port, MQTT, file) and send what it measures, whatever the network does',
    // With its drivers, which no other command needs.
    run: async (args) => (await import('@sillage/edge')).edgeCommand(args),
  },
  {
    path: ['admin', 'bootstrap'],
    summary: 'Make the first administrator’s key',
    run: (args) => admin(['bootstrap', ...args]),
  },
  {
    path: ['audit'],
    summary: 'Verify the audit log’s chain of hashes',
    run: audit,
  },
  {
    path: ['check-models'],
    summary: 'Load a model repository, yours or ours, and ask every model one question',
    run: checkModels,
  },
  { path: ['try-images'], summary: 'Run the built images and ask them the three questions', run: tryImages },
];

/** The fleet that `npm start` runs here, with the key it printed. */
function fleetOfCheckout(): Profile | undefined {
  if (!existsSync(defaultData)) return undefined;
  const { apiKey } = new DataFolder(defaultData).credentials();
  return { url: `http://127.0.0.1:${process.env['PORT'] ?? '8080'}`, apiKey };
}

await runProcess({ fallback: fleetOfCheckout }, { external: ofCheckout });
// Handles that outlive a finished command (the channel to bootstrap) must not keep it.
process.stdout.write('', () => process.exit());
