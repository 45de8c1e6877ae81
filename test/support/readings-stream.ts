import { once } from 'node:events';
import { type ClientDuplexStream, credentials, Metadata, makeClientConstructor } from '@grpc/grpc-js';
import {
  readingsService,
  type StreamReadingsRequest,
  type StreamReadingsResponse__Output,
} from '@sillage/contracts';

export interface ReadingsStream {
  /** Sends a message and resolves with its answer; rejects with what ended the stream. */
  ask: (message: StreamReadingsRequest) => Promise<StreamReadingsResponse__Output>;
  close: () => void;
}

/** A client of the gRPC stream as a user would write it. */
export function openReadingsStream(target: string, key: string): ReadingsStream {
  const Client = makeClientConstructor(readingsService, 'ReadingsService');
  const client = new Client(target, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('x-api-key', key);
  const { path, requestSerialize, responseDeserialize } = readingsService.StreamReadings;
  const stream: ClientDuplexStream<StreamReadingsRequest, StreamReadingsResponse__Output> =
    client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => StreamReadingsResponse__Output,
      metadata,
    );
  stream.on('error', () => {});
  return {
    ask: async (message) => {
      const answer = once(stream, 'data');
      stream.write(message);
      const [told] = await answer;
      return told;
    },
    close: () => {
      stream.end();
      client.close();
    },
  };
}
