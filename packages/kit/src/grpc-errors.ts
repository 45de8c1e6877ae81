import { status as Grpc, Metadata, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { AppError, errorKinds, internalError, isErrorCode, unavailable } from './errors.ts';

// google.rpc error model (googleapis google/rpc/status.proto and error_details.proto), the parts used here.
const model = {
  nested: {
    Any: { fields: { type_url: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    Status: {
      fields: {
        code: { type: 'int32', id: 1 },
        message: { type: 'string', id: 2 },
        details: { rule: 'repeated', type: 'Any', id: 3 },
      },
    },
    ErrorInfo: {
      fields: {
        reason: { type: 'string', id: 1 },
        domain: { type: 'string', id: 2 },
        metadata: { keyType: 'string', type: 'string', id: 3 },
      },
    },
    FieldViolation: { fields: { field: { type: 'string', id: 1 }, description: { type: 'string', id: 2 } } },
    BadRequest: { fields: { fieldViolations: { rule: 'repeated', type: 'FieldViolation', id: 1 } } },
    Duration: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
    RetryInfo: { fields: { retryDelay: { type: 'Duration', id: 1 } } },
  },
};
const root = protobuf.Root.fromJSON(model);
const statusType = root.lookupType('Status');
const detailTypes = {
  ErrorInfo: root.lookupType('ErrorInfo'),
  BadRequest: root.lookupType('BadRequest'),
  RetryInfo: root.lookupType('RetryInfo'),
} as const;
const domain = 'sillage';
const detailsKey = 'grpc-status-details-bin';

interface WireStatus {
  details?: { type_url: string; value: Uint8Array }[];
}
interface WireInfo {
  reason?: string;
  metadata?: Record<string, string>;
}
interface WireBadRequest {
  fieldViolations?: { field?: string; description?: string }[];
}
interface WireRetry {
  retryDelay?: { seconds?: number; nanos?: number };
}

function pack(name: keyof typeof detailTypes, value: object): { type_url: string; value: Uint8Array } {
  const type = detailTypes[name];
  return {
    type_url: `type.googleapis.com/google.rpc.${name}`,
    value: type.encode(type.fromObject(value)).finish(),
  };
}

/** What a gRPC server answers with: the status, and the taxonomy's code in google.rpc.ErrorInfo. */
export function toGrpcError(error: AppError): { code: Grpc; details: string; metadata: Metadata } {
  const code = errorKinds[error.code].grpc;
  const details = [
    pack('ErrorInfo', {
      reason: error.code,
      domain,
      metadata: Object.keys(error.extra).length > 0 ? { extra: JSON.stringify(error.extra) } : {},
    }),
  ];
  if (error.errors.length > 0) {
    const fieldViolations = error.errors.map(({ pointer, detail }) => ({
      field: pointer,
      description: detail,
    }));
    details.push(pack('BadRequest', { fieldViolations }));
  }
  if (error.retryAfterS !== undefined) {
    const seconds = Math.floor(error.retryAfterS);
    const nanos = Math.round((error.retryAfterS - seconds) * 1e9);
    details.push(pack('RetryInfo', { retryDelay: { seconds, nanos } }));
  }
  const metadata = new Metadata();
  const wire = statusType.encode(statusType.fromObject({ code, message: error.message, details })).finish();
  metadata.set(detailsKey, Buffer.from(wire));
  return { code, details: error.message, metadata };
}

/** The error behind a failed call to `peer`; a status that did not come from our taxonomy is mapped by its code. */
export function fromGrpcError(error: ServiceError, peer: string): AppError {
  const wire = error.metadata?.get(detailsKey)[0];
  if (Buffer.isBuffer(wire)) {
    const known = decodeDetails(wire, error);
    if (known) return known;
  }
  switch (error.code) {
    case Grpc.DEADLINE_EXCEEDED:
      return new AppError('deadline', 'the deadline of this request has passed', { cause: error });
    case Grpc.CANCELLED:
      return new AppError('cancelled', 'the caller has gone', { cause: error });
    case Grpc.UNAVAILABLE:
      return unavailable(peer, error);
    case Grpc.RESOURCE_EXHAUSTED:
      return new AppError('too_large', 'the request is larger than the fleet accepts', { cause: error });
    default:
      return internalError(`${peer}: ${error.message}`, error);
  }
}

/** Undefined for details that are not ours, or that cannot be read: the status alone says what happened then. */
function decodeDetails(wire: Buffer, error: ServiceError): AppError | undefined {
  try {
    return readDetails(wire, error);
  } catch {
    return undefined;
  }
}

function readDetails(wire: Buffer, error: ServiceError): AppError | undefined {
  const status: WireStatus = statusType.toObject(statusType.decode(wire));
  let info: WireInfo | undefined;
  let badRequest: WireBadRequest | undefined;
  let retry: WireRetry | undefined;
  for (const detail of status.details ?? []) {
    const options = { longs: Number };
    if (detail.type_url.endsWith('.ErrorInfo')) {
      info = detailTypes.ErrorInfo.toObject(detailTypes.ErrorInfo.decode(detail.value), options);
    } else if (detail.type_url.endsWith('.BadRequest')) {
      badRequest = detailTypes.BadRequest.toObject(detailTypes.BadRequest.decode(detail.value), options);
    } else if (detail.type_url.endsWith('.RetryInfo')) {
      retry = detailTypes.RetryInfo.toObject(detailTypes.RetryInfo.decode(detail.value), options);
    }
  }
  if (!info?.reason || !isErrorCode(info.reason)) return undefined;
  const delay = retry?.retryDelay;
  const errors = (badRequest?.fieldViolations ?? []).map((violation) => ({
    pointer: violation.field ?? '',
    detail: violation.description ?? '',
  }));
  return new AppError(info.reason, error.details, {
    errors,
    ...(delay ? { retryAfterS: (delay.seconds ?? 0) + (delay.nanos ?? 0) / 1e9 } : {}),
    ...(info.metadata?.['extra'] ? { extra: JSON.parse(info.metadata['extra']) } : {}),
    cause: error,
  });
}
