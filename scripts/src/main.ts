import { edgeCommand } from '@sillage/edge';
import { admin } from './admin.ts';
import { audit } from './audit.ts';
import { bench } from './bench.ts';
import { checkModels } from './check-models.ts';
import { tryImages } from './images/try-images.ts';
import { load } from './load.ts';
import { simulateDevice } from './simulate-device.ts';
import { runTests } from './test.ts';
import { up } from './up.ts';

const usage = `Sillage: machine olfaction as a fleet.

usage: npm run sillage -- COMMAND [options]      (npm start = up, npm test = test, npm run bench = bench)

  up            start every service on this machine, ask it the three questions, and go on serving
  test          build, then run every test: unit, contract, and end to end in both modes
  bench         measure speed and memory against a baseline in the same run
  load          send predictions, generations and jobs at fixed rates to a running fleet, count what fails
  simulate      play an electronic nose against a running fleet: replay a recording or synthesise one
  edge          read a sensor (serial port, MQTT, file) and send what it measures, whatever the network does
  admin         make the first administrator's key
  audit         verify the audit log's chain of hashes
  check-models  load a model repository, yours or ours, and ask every model one question
  try-images    run the built images, read-only and without root, and ask them the three questions

COMMAND --help tells a command's options.
`;

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  up,
  test: runTests,
  bench,
  load,
  simulate: simulateDevice,
  edge: edgeCommand,
  admin,
  audit,
  'check-models': checkModels,
  'try-images': tryImages,
};

const [name = '--help', ...args] = process.argv.slice(2);
const command = commands[name];
if (command) {
  try {
    process.exitCode = await command(args);
  } catch (error) {
    process.stderr.write(`sillage: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  // Handles that outlive a finished command (the channel to bootstrap) must not keep it.
  process.exit();
}
const isHelp = name === '--help' || name === '-h' || name === 'help';
process.stderr.write(isHelp ? usage : `sillage: there is no command "${name}"\n\n${usage}`);
process.exit(isHelp ? 0 : 2);
