// What `helm test` runs inside the cluster: the three questions and a batch job, through the gateway.
// Reads SILLAGE (address) and API_KEY; without a key it sends none, and where one is required it says so and ends well
// when the gateway is ready and refuses as it should.
import { readFileSync } from 'node:fs';

const { SILLAGE: url = '', API_KEY: key } = process.env;

/** A recorded window of an electronic nose, one frame a second: the first of the model's golden file. */
const recorded = JSON.parse(readFileSync(new URL('nose.json', import.meta.url), 'utf8'));

async function ask(method, path, body, accept = [200, 201, 202, 204]) {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(120_000),
    headers: {
      ...(key ? { 'x-api-key': key } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!accept.includes(response.status))
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

function expect(what, holds) {
  if (!holds) throw new Error(`expected ${what}`);
}

async function molecule() {
  const { body } = await ask('POST', '/api/v1/predict', { smiles: 'COc1cc(C=O)ccc1O', top_k: 5 });
  const notes = body.predictions[0].notes.map(({ note }) => note);
  expect(`vanillin to smell of vanilla, got ${notes}`, notes.includes('vanilla'));
  console.log(`vanillin smells of ${notes.join(', ')}`);
}

async function description() {
  const asked = { description: 'warm vanilla, slightly smoky, not floral', num_molecules: 2, seed: 7 };
  const { body } = await ask('POST', '/api/v1/generate', asked);
  expect(
    'at least one valid molecule',
    body.molecules.length > 0 && body.molecules.every(({ valid }) => valid),
  );
  console.log(`asked for “${asked.description}”: ${body.molecules.map(({ smiles }) => smiles).join('  ')}`);
}

async function nose() {
  const { body: device } = await ask('POST', '/api/v1/sensors/devices', { name: 'helm test' });
  const path = `/api/v1/sensors/devices/${device.id}`;
  try {
    const end = Date.now();
    const readings = recorded.frames.map((frame, index) => ({
      t: new Date(end - (recorded.frames.length - index) * 1000).toISOString(),
      channels: Object.fromEntries(
        recorded.channels.flatMap((name, at) => (frame[at] === null ? [] : [[name, frame[at]]])),
      ),
    }));
    await ask('POST', `${path}/readings`, { readings });
    const { body } = await ask('GET', `${path}/classification`);
    expect(
      `${recorded.substance}, got ${body.substance} (${body.status})`,
      body.substance === recorded.substance,
    );
    console.log(`the electronic nose smells ${body.substance}`);
  } finally {
    await ask('DELETE', path);
  }
}

async function job() {
  const { body: made } = await ask('POST', '/api/v1/jobs', {
    kind: 'predict',
    input: { smiles: ['CCO', 'CC(=O)OCC', 'CSSC'] },
  });
  for (let second = 0; second < 120; second += 1) {
    const { body } = await ask('GET', `/api/v1/jobs/${made.id}`);
    if (body.status === 'succeeded') return console.log(`job ${made.id} is done`);
    expect(`the job to go on, it is ${body.status}`, body.status === 'queued' || body.status === 'running');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`job ${made.id} was not done within two minutes`);
}

const { status } = await ask('GET', '/health/ready', undefined, [200]);
console.log(`gateway is ready (${status})`);
const first = await ask('POST', '/api/v1/predict', { smiles: 'CCO' }, [200, 401]);
if (first.status === 401) {
  expect('no key to be refused only where none was given', !key);
  console.log(
    'a key is required and none was given (tests.existingSecret, or bootstrap.enabled): no question asked',
  );
} else {
  await molecule();
  await description();
  await nose();
  await job();
}
