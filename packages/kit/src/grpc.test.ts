import { setTimeout } from 'node:timers/promises';
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { AppError, type ErrorCode, errorKinds } from './errors.ts';
import { GrpcClient } from './grpc-client.ts';
import { type GrpcServerHandle, startGrpcServer } from './grpc-server.ts';
import { Health } from './health.ts';
import { Metrics } from './metrics.ts';

interface Message {
  text: string;
}
interface EchoDefinition extends ServiceDefinition {
  Echo: MethodDefinition<Message, Message, Message, Message>;
  Count: MethodDefinition<Message, Message, Message, Message>;
}

const json = {
  requestSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer): Message => JSON.parse(bytes.toString()),
  responseSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer): Message => JSON.parse(bytes.toString()),
};
const definition = {
  Echo: { path: '/test.v1.EchoService/Echo', requestStream: false, responseStream: false, ...json },
  Count: { path: '/test.v1.EchoService/Count', requestStream: false, responseStream: true, ...json },
} as unknown as EchoDefinition;

let server: GrpcServerHandle;
let client: GrpcClient<EchoDefinition>;
let aborted: Promise<unknown>;
const opened: { close: () => void }[] = [];

beforeAll(async () => {
  let sawAbort: (reason: unknown) => void = () => {};
  aborted = new Promise((resolve) => {
    sawAbort = resolve;
  });
  server = await serve(0, (reason) => sawAbort(reason));
  client = new GrpcClient({ definition, target: `127.0.0.1:${server.port}`, peer: 'echo', timeoutMs: 5000 });
});

function serve(port: number, sawAbort: (reason: unknown) => void = () => {}): Promise<GrpcServerHandle> {
  return startGrpcServer<EchoDefinition>({
    definition,
    host: '127.0.0.1',
    port,
    log: pino({ level: 'silent' }),
    metrics: new Metrics('test'),
    health: new Health(),
    handlers: {
      Echo: async ({ text }, { signal }) => {
        if (text === 'hang') {
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        if (text === 'bug') throw new TypeError('secret detail of our inside');
        if (text in errorKinds) {
          throw new AppError(text as ErrorCode, `it was ${text}`, {
            errors: [{ pointer: '/text', detail: 'wrong' }],
            retryAfterS: 1.5,
            extra: { suggestions: ['vanilla'] },
          });
        }
        return { text };
      },
      Count: async function* ({ text }, { signal }) {
        signal.addEventListener('abort', () => sawAbort(signal.reason));
        if (text === 'overloaded') {
          yield { text: 'first' };
          throw new AppError('overloaded', 'too much', { retryAfterS: 1.5 });
        }
        for (let index = 0; index < Number(text); index += 1) yield { text: String(index) };
      },
    },
  });
}

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

afterAll(async () => {
  client.close();
  await server.stop(1000);
});

test('a unary call answers', async () => {
  await expect(client.unary('Echo', { text: 'vanilla' })).resolves.toEqual({ text: 'vanilla' });
});

test.each(Object.keys(errorKinds))('%s arrives as it was thrown, with its fields', async (code) => {
  await expect(client.unary('Echo', { text: code })).rejects.toMatchObject({
    code,
    message: `it was ${code}`,
    errors: [{ pointer: '/text', detail: 'wrong' }],
    retryAfterS: 1.5,
    extra: { suggestions: ['vanilla'] },
  });
});

test('an unexpected error shows nothing of the inside', async () => {
  const failure = await client.unary('Echo', { text: 'bug' }).catch((error: AppError) => error);
  expect(failure).toMatchObject({ code: 'internal' });
  expect(JSON.stringify(failure)).not.toContain('secret');
});

test('a call past its deadline fails as deadline', async () => {
  await expect(client.unary('Echo', { text: 'hang' }, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'deadline',
  });
});

test('a peer that is away is unavailable, with a time to try again', async () => {
  const nobody = new GrpcClient({ definition, target: '127.0.0.1:1', peer: 'echo', timeoutMs: 5000 });
  await expect(nobody.unary('Echo', { text: 'x' })).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterS: 2,
  });
  nobody.close();
});

test('a peer that is back within a second is waited for, by unary calls and streams', async () => {
  const gone = await serve(0);
  const target = `127.0.0.1:${gone.port}`;
  const waiting = new GrpcClient({ definition, target, peer: 'echo', timeoutMs: 5000 });
  opened.push(waiting);
  await waiting.unary('Echo', { text: 'before' });
  await gone.stop(0);
  const unary = waiting.unary('Echo', { text: 'after' });
  const stream = waiting.stream('Count', { text: '3' }).next();
  await setTimeout(300);
  const back = await serve(gone.port);
  opened.push({ close: () => void back.stop(0) });
  await expect(unary).resolves.toEqual({ text: 'after' });
  await expect(stream).resolves.toMatchObject({ value: { text: '0' } });
});

test('a peer that was waited for in vain is waited for no more until it is back', async () => {
  const target = '127.0.0.1:1';
  const [knows, learns] = [1, 2].map(
    () => new GrpcClient({ definition, target, peer: 'echo', timeoutMs: 5000 }),
  ) as [GrpcClient<EchoDefinition>, GrpcClient<EchoDefinition>];
  const ask = (of: GrpcClient<EchoDefinition>) => of.unary('Echo', { text: 'x' }).catch(() => {});
  opened.push(knows, learns);
  await ask(knows);
  const order: string[] = [];
  await Promise.all([
    ask(learns).then(() => order.push('learns')),
    ask(knows).then(() => order.push('knows')),
  ]);
  expect(order).toEqual(['knows', 'learns']);
});

test('a stream yields all messages; leaving it early cancels the work', async () => {
  const seen: string[] = [];
  for await (const { text } of client.stream('Count', { text: '5' })) seen.push(text);
  expect(seen).toEqual(['0', '1', '2', '3', '4']);
  for await (const { text } of client.stream('Count', { text: '100000000' })) if (text === '10') break;
  await expect(aborted).resolves.toMatchObject({ code: 'cancelled' });
});

test('a stream that fails midway gives what came before, then the error as it was thrown', async () => {
  const seen: string[] = [];
  const read = async () => {
    for await (const { text } of client.stream('Count', { text: 'overloaded' })) seen.push(text);
  };
  await expect(read()).rejects.toMatchObject({ code: 'overloaded', message: 'too much', retryAfterS: 1.5 });
  expect(seen).toEqual(['first']);
});
