import { expect, test } from '@jest/globals';
import { serverEvents } from './events.ts';

async function read(...chunks: string[]) {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const events = [];
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const event of serverEvents(body)) events.push(event);
  return events;
}

test('events are read however the bytes are cut, and one that is cut short is left out', async () => {
  const text = 'event: started\nid: 1\ndata: {"a":\ndata: 1}\n\n: keep alive\n\ndata: "é"\r\n\r\n';
  const expected = [
    { event: 'started', id: '1', data: { a: 1 } },
    { event: 'message', id: undefined, data: 'é' },
  ];
  expect(await read(`${text}event: x\ndata: {`)).toEqual(expected);
  expect(await read(...text)).toEqual(expected);
});
