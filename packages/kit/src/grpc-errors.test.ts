import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { AppError } from './errors.ts';
import { fromGrpcError, toGrpcError } from './grpc-errors.ts';

function received(code: status, metadata: Metadata): ServiceError {
  return Object.assign(new Error('as grpc-js words it'), { code, details: 'as it was sent', metadata });
}

test('details that cannot be read are left aside: the status says what happened', () => {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from([0x1a, 0xff, 0x01]));
  expect(fromGrpcError(received(status.DEADLINE_EXCEEDED, metadata), 'peer')).toMatchObject({
    code: 'deadline',
  });
});

test('what was thrown arrives with its code, its fields and its extras', () => {
  const thrown = new AppError('invalid_input', 'as it was sent', {
    errors: [{ pointer: '/smiles', detail: 'is empty' }],
    extra: { position: 1 },
  });
  const { code, metadata } = toGrpcError(thrown);
  expect(fromGrpcError(received(code, metadata), 'peer')).toMatchObject({
    code: 'invalid_input',
    message: 'as it was sent',
    errors: thrown.errors,
    extra: { position: 1 },
  });
});
