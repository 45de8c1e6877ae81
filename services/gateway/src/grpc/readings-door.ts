import {
  maxChannels,
  maxStreamReadings,
  opens,
  type ReadingsServiceDefinition,
  readingsService,
  type SensorsServiceDefinition,
  type StreamReadingsRequest__Output,
  type StreamReadingsResponse,
} from '@sillage/contracts';
import {
  AppError,
  alsoServes,
  type CallInfo,
  type FurtherService,
  type GrpcClient,
  type Handlers,
  invalidField,
  type RequestContext,
  runInRequest,
  toAppError,
} from '@sillage/kit';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { isAmong } from '../domain/address-list.ts';
import { type Caller, callerOf } from '../http/exchange.ts';
import { credentialOf } from '../middleware/authentication.ts';
import type { StreamHub } from '../streams/stream-hub.ts';
import type { Admit } from './admission.ts';

export interface ReadingsDoorOptions {
  readonly admit: Admit;
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly verifier: KeyVerifier;
  readonly streams: StreamHub;
  /** Time that one message of a stream may take, milliseconds. */
  readonly timeoutMs: number;
}

/** What the first message of a stream settled for all of them. */
interface OpenCall {
  readonly caller: Caller;
  readonly credential: string | undefined;
  readonly address: string | undefined;
  readonly deviceId: string;
  readonly session: string;
  settled: number;
  /** Why it is to end with its next message. */
  end: AppError | undefined;
}

/** sillage.sensors.v1.ReadingsService: the WebSocket's stream of readings, by gRPC. */
export function readingsDoor(options: ReadingsDoorOptions): FurtherService {
  const { admit, sensors, verifier, streams } = options;
  const calls = new WeakMap<CallInfo, OpenCall>();

  const open = (request: StreamReadingsRequest__Output, context: RequestContext, call: CallInfo) =>
    admit(call, context, 'sensors', async (exchange, http) => {
      const caller = callerOf(exchange);
      const { tenantId, tier } = caller;
      const { deviceId, session } = request;
      const name = `${deviceId} ${session}`;
      streams.assertRoom(tenantId, tier, name);
      const { settled } = await sensors.unary('GetStream', { tenantId, deviceId, session });
      const opened: OpenCall = {
        ...{ caller, credential: credentialOf(http), address: http.ip, deviceId, session, settled },
        end: undefined,
      };
      const stream = {
        end: async (code: 1001 | 4409, reason: string) => {
          opened.end = new AppError(code === 4409 ? 'conflict' : 'unavailable', reason);
        },
      };
      streams.add(tenantId, name, stream);
      call.ended.addEventListener('abort', () => streams.remove(tenantId, name, stream, 'grpc'), {
        once: true,
      });
      calls.set(call, opened);
      return opened;
    });

  /** As for a WebSocket: a verdict is kept for seconds, and a revocation is heard at once. */
  const assertHolds = async ({ credential, address }: OpenCall): Promise<void> => {
    if (credential === undefined) return;
    const verdict = await verifier.verify(credential);
    if (verdict.kind !== 'valid') throw new AppError('unauthenticated', 'the credential no longer holds');
    const { scopes, addresses } = verdict.caller;
    if (!opens(scopes, 'sensors')) throw new AppError('forbidden', 'the credential lacks the scope sensors');
    if (addresses && !isAmong(addresses, address)) {
      throw new AppError('forbidden', 'this credential may not be used from this address');
    }
  };

  const take = async (
    request: StreamReadingsRequest__Output,
    context: RequestContext,
    call: CallInfo,
  ): Promise<StreamReadingsResponse> => {
    const known = calls.get(call);
    if (known) await assertHolds(known);
    const stream = known ?? (await open(request, context, call));
    if (stream.end) throw stream.end;
    const { deviceId, session } = stream;
    if (request.deviceId !== deviceId) throw invalidField('/device_id', 'must be the same in every message');
    if (request.session !== session) throw invalidField('/session', 'must be the same in every message');
    const { sequence, block } = request;
    if (block === null && sequence === 0 && !known) return { settled: stream.settled };
    const { tenantId } = stream.caller;
    assertBounds(block);
    try {
      const position = { session, sequence };
      const stored = await sensors.unary('IngestReadings', { tenantId, deviceId, block, stream: position });
      stream.settled = Math.max(stream.settled, sequence);
      return { settled: stream.settled, stored };
    } catch (error) {
      const { code, message, errors } = toAppError(error);
      if (sequence === 0 || (code !== 'invalid_input' && code !== 'too_large')) throw error;
      stream.settled = Math.max(stream.settled, sequence);
      return { settled: stream.settled, refusal: { code, detail: message, errors: [...errors] } };
    }
  };

  const handlers: Handlers<ReadingsServiceDefinition> = {
    StreamReadings: (request, context, call) => {
      const own = { ...context, deadlineMs: Math.min(context.deadlineMs, Date.now() + options.timeoutMs) };
      return runInRequest(own, () => take(request, own, call));
    },
  };
  return alsoServes(readingsService, handlers);
}

/** The bounds of a message of any stream. It ends the stream, as its number is not settled. */
function assertBounds(block: StreamReadingsRequest__Output['block']): void {
  if (block === null) throw invalidField('/block', 'a message needs readings');
  if (block.timeMs.length > maxStreamReadings) {
    throw invalidField(
      '/block/time_ms',
      `a message may have ${maxStreamReadings} readings; this has ${block.timeMs.length}`,
    );
  }
  if (block.channels.length > maxChannels) {
    throw invalidField('/block/channels', `must not name more than ${maxChannels} channels`);
  }
}
