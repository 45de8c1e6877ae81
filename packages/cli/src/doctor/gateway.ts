import { ApiError, AuthenticationError, PermissionError, Sillage } from '@sillage/client';
import type { Target } from '../config.ts';
import { type Finding, fail, ok, reasonOf, skip, warn } from './finding.ts';
import { judgeSkew } from './postgres.ts';

const timeoutMs = 5000;
/** The Date header has whole seconds. */
const largestSkewMs = 5000;
/** What a key is asked for that a person works with. */
const usualScopes = ['predict', 'generate', 'sensors', 'research'] as const;

/** A gateway from outside: ready, of our version, of our time, and whether the key holds. */
export async function checkGateway(target: Target, now: () => Date): Promise<Finding[]> {
  const client = new Sillage({ baseUrl: target.url, apiKey: target.apiKey, timeoutMs, maxRetries: 0 });
  let response: Response;
  try {
    response = await fetch(`${client.baseUrl}/ready`, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    return [unreachable(target, error)];
  }
  const report = reportOf(await response.text());
  if (!report) {
    const fix = 'give the address of the gateway: --url, SILLAGE_URL, or `sillage login --url …`';
    return [
      fail(
        'gateway.ready',
        `what answers at ${target.url} is no Sillage gateway (HTTP ${response.status})`,
        fix,
      ),
    ];
  }
  return [
    readiness(target, report),
    skewOf(response, now),
    await versions(client),
    ...(await credential(client, target)),
  ];
}

function unreachable({ url, urlFrom }: Target, error: unknown): Finding {
  const cause = error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : reasonOf(error);
  const fix = `start it (npm start), or mend the address, which comes from ${urlFrom}`;
  return fail('gateway.ready', `nobody answers at ${url}: ${cause}`, fix);
}

interface Report {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}

function reportOf(text: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('status' in value) || !('checks' in value))
      return undefined;
    return value as Report;
  } catch {
    return undefined;
  }
}

/** Which part of the fleet a check of the gateway is about, and what to do. */
const fixesOf: Readonly<Record<string, string>> = {
  auth: 'look at the logs of auth, and whether AUTH_TARGET is its address: without it nobody is let in',
  inference: 'look at the logs of inference (its models load at start), and at INFERENCE_TARGET',
  sensors: 'look at the logs of sensors, and at SENSORS_TARGET',
  jobs: 'Postgres or the queue is away: look at DATABASE_URL and REDIS_URL of the gateway',
  postgres: 'look at DATABASE_URL of the gateway, and at Postgres',
  redis: 'look at REDIS_URL of the gateway, and at Redis',
  process: 'it starts or stops; look again in a few seconds',
};

function readiness({ url }: Target, { status, checks }: Report): Finding {
  const away = Object.entries(checks).filter(([, { ok: isOk }]) => !isOk);
  if (away.length === 0) return ok('gateway.ready', `the gateway at ${url} is ready`);
  const what = away
    .map(([name, { detail }]) => (detail === undefined ? name : `${name} (${detail})`))
    .join(', ');
  const fix = away.map(([name]) => fixesOf[name] ?? `look at the logs of ${name}`).join('; ');
  if (status === 'ready') return warn('gateway.ready', `the gateway serves, without ${what}`, fix);
  return fail('gateway.ready', `the gateway at ${url} is not ready: ${what}`, fix);
}

function skewOf(response: Response, now: () => Date): Finding {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(date)) return skip('gateway.clock', 'the gateway does not tell its time');
  return judgeSkew('gateway.clock', 'the gateway', date - now().getTime(), largestSkewMs);
}

async function versions(client: Sillage): Promise<Finding> {
  const check = 'gateway.version';
  const own = Sillage.apiVersion;
  let server: string;
  try {
    server = await client.serverVersion();
  } catch (error) {
    return skip(check, `its version cannot be asked: ${reasonOf(error)}`);
  }
  const [ours, theirs] = [own, server].map((version) => version.split('.').map(Number));
  if (ours?.[0] !== theirs?.[0]) {
    const fix = `install the command line of that version: npm install --global @sillage/cli@${theirs?.[0] ?? ''}`;
    return fail(check, `the gateway speaks version ${server} of the API, this program ${own}`, fix);
  }
  if ((ours?.[1] ?? 0) > (theirs?.[1] ?? 0)) {
    return warn(
      check,
      `the gateway (${server}) is older than this program (${own})`,
      'bring the fleet to the newer version: scripts/rolling-update',
    );
  }
  return ok(check, `version ${server} of the API, as this program`);
}

async function credential(client: Sillage, { apiKey, keyFrom }: Target): Promise<Finding[]> {
  const check = 'key';
  if (apiKey === undefined) {
    return [warn(check, 'there is no key for this address', 'sillage login, or SILLAGE_API_KEY')];
  }
  try {
    await client.models();
  } catch (error) {
    if (error instanceof AuthenticationError) {
      return [
        fail(
          check,
          `the key of ${keyFrom} does not hold: ${error.detail}`,
          'sillage login with one that holds; `sillage keys create` makes one',
        ),
      ];
    }
    if (error instanceof PermissionError) {
      return [
        fail(
          check,
          `the key of ${keyFrom} is not good from here: ${error.detail}`,
          'use it from the networks it was made for, or `sillage keys create --from …`',
        ),
      ];
    }
    const reason = error instanceof ApiError ? error.detail : reasonOf(error);
    return [skip(check, `whether the key holds cannot be asked: ${reason}`)];
  }
  const holds = ok(check, `the key of ${keyFrom} holds`);
  try {
    const { credential: own, molecules } = await client.account.get();
    return [holds, judgeScopes(own.scopes), ...(molecules.left === 0 ? [spent(molecules.resets_at)] : [])];
  } catch {
    return [holds, skip('key.scopes', 'a key without the scope account does not tell what it is good for')];
  }
}

function judgeScopes(scopes: readonly string[]): Finding {
  const missing = usualScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return ok('key.scopes', scopes.join(' '));
  const fix = `sillage keys create --scope ${[...scopes.filter((one) => !one.includes(':')), ...missing].join(',')}`;
  return warn('key.scopes', `the key lacks ${missing.join(', ')}: what asks for them is refused`, fix);
}

function spent(resetsAt: string): Finding {
  const fix = `wait until ${resetsAt.slice(0, 10)}, or have the tier raised: sillage admin set TENANT --tier pro`;
  return fail('key.quota', 'the molecules of this month are used up', fix);
}
