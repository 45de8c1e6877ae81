import {
  type CandidateJson,
  type GenerateResponse__Output,
  type GenerateResponseBody,
  type GenerateStartedJson,
  generateRequestSchema,
  type MoleculeJson,
  presentCandidates,
  presentGenerateProgress,
  presentGenerateStarted,
  presentMolecule,
  presentShortfall,
  presentStatistics,
  presentTiming,
  rounded,
  toGenerateRequest,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import { type AppError, internalError, toAppError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import { EventStream, formatEvent } from '../http/event-stream.ts';
import { type Exchange, endpoint } from '../http/exchange.ts';
import { languageOf, nameLanguage, problemOf, sendNotes } from '../http/language.ts';
import { parse } from '../http/parse.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { chargeMolecules } from '../middleware/metering.ts';

type Events = AsyncGenerator<GenerateResponse__Output>;

/** A generation that has begun. */
interface Generation {
  readonly wanted: number;
  readonly started: GenerateStartedJson;
  readonly events: Events;
}

/** POST /api/v1/generate: one JSON answer, or the events as they come. */
export function generate(parts: {
  inference: InferencePools;
  quotas: Quotas;
  timeoutMs: number;
}): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const body = parse(generateRequestSchema, exchange.body);
    await chargeMolecules(parts.quotas, exchange, body.num_molecules);
    const events = parts.inference.stream(
      'Generate',
      toGenerateRequest(body, { count: body.num_molecules }),
      {
        timeoutMs: parts.timeoutMs,
      },
    );
    exchange.fields['wanted'] = body.num_molecules;
    try {
      // A request that is not understood fails here, before an answer of either kind has begun.
      const first = await events.next();
      if (first.done || !first.value.started) throw brokenStream();
      const started = presentGenerateStarted(first.value.started);
      exchange.fields['worker'] = started.worker;
      // The worker's model is known from here on.
      requireModel(exchange, started.model.name);
      if (request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream') {
        await streamEvents(exchange, request, response, {
          wanted: body.num_molecules,
          started,
          events,
        });
      } else {
        const generation = { wanted: body.num_molecules, started, events };
        sendNotes(request, response, await collect(exchange, generation));
      }
    } finally {
      // Whatever happened, inference need not go on with this.
      await events.return(undefined);
    }
  });
}

async function collect(
  exchange: Exchange,
  { wanted, started, events }: Generation,
): Promise<GenerateResponseBody> {
  const scored: MoleculeJson[] = [];
  const candidates: CandidateJson[] = [];
  for await (const event of events) {
    if (event.molecule) scored.push(presentMolecule(event.molecule));
    if (event.candidates) candidates.push(...presentCandidates(event.candidates));
    if (event.finished) {
      const molecules = candidates.length > 0 ? candidates : scored;
      exchange.fields['molecules'] = molecules.length;
      exchange.answered = molecules.length;
      const shortfall = presentShortfall({ wanted, found: molecules.length }, event.finished);
      return {
        ...started,
        molecules,
        statistics: presentStatistics(event.finished),
        ...(shortfall ? { shortfall } : {}),
        timing: timingOf(exchange, event.finished.timing),
      };
    }
  }
  throw brokenStream();
}

async function streamEvents(
  exchange: Exchange,
  request: Request,
  response: Response,
  { wanted, started, events }: Generation,
): Promise<void> {
  const language = languageOf(request);
  nameLanguage(response, language);
  const stream = new EventStream(response, exchange.signal, language);
  let molecules = 0;
  let isFinished = false;
  try {
    await stream.send('started', started);
    for await (const event of events) {
      if (event.progress) await stream.send('progress', presentGenerateProgress(event.progress));
      if (event.molecule) {
        molecules += 1;
        await stream.send('molecule', presentMolecule(event.molecule));
      }
      if (event.candidates) {
        const candidates = presentCandidates(event.candidates);
        molecules += candidates.length;
        await stream.send('candidates', { molecules: candidates });
      }
      if (event.finished) {
        isFinished = true;
        const shortfall = presentShortfall({ wanted, found: molecules }, event.finished);
        await stream.send('finished', {
          statistics: presentStatistics(event.finished),
          ...(shortfall ? { shortfall } : {}),
          timing: timingOf(exchange, event.finished.timing),
        });
      }
    }
    if (!isFinished) throw brokenStream();
  } catch (error) {
    // The status is sent already, so the problem comes as the last event.
    const failure = toAppError(error);
    exchange.failure = failure;
    if (exchange.signal.aborted && failure.code === 'cancelled') return;
    const about = { url: request.originalUrl, requestId: exchange.requestId, language };
    response.write(formatEvent('error', problemOf(failure, about)));
  } finally {
    exchange.fields['molecules'] = molecules;
    exchange.answered = molecules;
    stream.end();
  }
}

function timingOf(exchange: Exchange, timing: Parameters<typeof presentTiming>[0]) {
  return { ...presentTiming(timing), total_ms: rounded(performance.now() - exchange.startedMs, 3) };
}

function brokenStream(): AppError {
  return internalError('the generation ended without its last event');
}
