import { parentPort, workerData } from 'node:worker_threads';
import { DiskStore, type DiskStoreOptions } from './disk-store.ts';
import type { DiskCall, DiskReply } from './disk-tier.ts';

/** Entry of the thread that owns the file: a disk that hangs holds up this thread and nobody else. */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const store = new DiskStore(workerData as DiskStoreOptions);

port.on('message', (call: DiskCall) => {
  let reply: DiskReply;
  try {
    reply = { id: call.id, output: answer(call) };
  } catch (error) {
    reply = { id: call.id, failure: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});

function answer(call: DiskCall): unknown {
  switch (call.kind) {
    case 'get':
      return store.get(call.keys);
    case 'set':
      return store.set(call.entries);
    case 'count':
      return store.count(call.asked);
    case 'most-asked':
      return store.mostAsked(call.limit);
    case 'clean':
      return store.clean();
    case 'close':
      return store.close();
  }
}
