// A bare express server in a process of its own: parses the JSON body and answers the bytes it was given.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';

const [answer] = (await once(process, 'message')) as [string];
const app = express();
app.use(express.json());
app.post('/api/v1/predict', (request, response) => {
  if (typeof request.body.smiles !== 'string') {
    response.status(400).end();
    return;
  }
  response.type('application/json').send(answer);
});
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
