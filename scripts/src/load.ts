import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadTable, runLoad } from './load/open-loop.ts';
import { loadKinds } from './load/requests.ts';

const usage = `usage: scripts/load --url URL [options]        (also: npm run sillage -- load)

Sends requests at fixed rates, whatever the answers do, and counts what failed. Each is sent once: nothing is tried
again. Predictions, generations, and jobs whose events are followed to the end. Prints a table.

  --url URL             the gateway                                             (default SILLAGE_URL)
  --key KEY             API key without an hourly limit                         (default SILLAGE_KEY)
  --seconds N           how long                                                (default 30)
  --predict RATE        predictions a second                                    (default 40)
  --generate RATE       generations a second                                    (default 0.5)
  --events RATE         jobs of 20 molecules a second, each followed by SSE      (default 0.5)
  --fresh               only molecules that no cache holds
  --connection-age S    a connection takes no request after this age            (default 5)
  --timeout S           a request without an answer for so long has failed      (default 30)
  --max-failed N        failures that are still a success                       (default 0)
  --json FILE           writes the report as JSON
  --dry-run             prints what would be sent

Exit: 0 no more failures than allowed · 1 more · 2 wrong use
`;

/** `sillage load`. SIGINT and SIGTERM end it early, with its report. */
export async function load(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: process.env['SILLAGE_URL'] ?? '' },
      key: { type: 'string', default: process.env['SILLAGE_KEY'] ?? '' },
      seconds: { type: 'string', default: '30' },
      predict: { type: 'string', default: '40' },
      generate: { type: 'string', default: '0.5' },
      events: { type: 'string', default: '0.5' },
      fresh: { type: 'boolean', default: false },
      'connection-age': { type: 'string', default: '5' },
      timeout: { type: 'string', default: '30' },
      'max-failed': { type: 'string', default: '0' },
      json: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const wrong: string[] = [];
  const number = (
    name: 'seconds' | 'predict' | 'generate' | 'events' | 'connection-age' | 'timeout' | 'max-failed',
  ) => {
    const value = Number(values[name]);
    if (values[name].trim() === '' || !(value >= 0) || !Number.isFinite(value)) {
      wrong.push(`--${name} must be a number that is not negative, not "${values[name]}"`);
    }
    return value;
  };
  const seconds = number('seconds');
  const rates = { predict: number('predict'), generate: number('generate'), events: number('events') };
  const connectionAgeMs = number('connection-age') * 1000;
  const timeoutMs = number('timeout') * 1000;
  const maxFailed = number('max-failed');
  if (!/^http:\/\//.test(values.url)) wrong.push('--url must be the address of a gateway, http://HOST:PORT');
  if (wrong.length > 0) {
    process.stderr.write(`${wrong.map((line) => `load: ${line}`).join('\n')}\n`);
    return 2;
  }
  if (values['dry-run']) {
    for (const kind of loadKinds) {
      process.stdout.write(
        `would send ${Math.ceil(rates[kind] * seconds)} × ${kind}, ${rates[kind]} a second, to ${values.url}\n`,
      );
    }
    return 0;
  }
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  process.on('disconnect', () => ending.abort());
  const report = await runLoad({
    url: values.url.replace(/\/$/, ''),
    key: values.key,
    seconds,
    rates,
    isFresh: values.fresh,
    connectionAgeMs,
    timeoutMs,
    signal: ending.signal,
  });
  process.stdout.write(`${loadTable(report)}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  return report.failed > maxFailed ? 1 : 0;
}
