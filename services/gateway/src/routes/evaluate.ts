import { Readable } from 'node:stream';
import {
  evaluateQuerySchema,
  evaluateRequestSchema,
  type ModelField,
  presentEvaluation,
} from '@sillage/contracts';
import { AppError, invalidField, reasonOf } from '@sillage/kit';
import { parse as parseCsv } from 'csv-parse';
import type { RequestHandler } from 'express';
import { type LabelledMolecules, labelledFromJson, labelledFromTable } from '../domain/labelled-molecules.ts';
import { endpoint } from '../http/exchange.ts';
import { sendNotes } from '../http/language.ts';
import { parse } from '../http/parse.ts';
import { TextBody } from '../middleware/body.ts';
import { modelOfQuery } from './odour-map.ts';
import { askModel, type ResearchParts, timingOf } from './research.ts';

/** POST /api/v1/research/evaluate, as JSON or CSV. */
export function evaluate(parts: ResearchParts & { readonly timeoutMs: number }): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const query = parse(evaluateQuerySchema, request.query);
    let labelled: LabelledMolecules;
    let model: ModelField | undefined = query.model && modelOfQuery(query.model, query.version);
    if (exchange.body instanceof TextBody) labelled = labelledFromTable(await tableOf(exchange.body.text));
    else {
      if (model) throw invalidField('/model', 'goes into the body of a request in JSON');
      const body = parse(evaluateRequestSchema, exchange.body);
      model = body.model;
      labelled = labelledFromJson(body);
    }
    const { molecules, notes, labels, refused } = labelled;
    if (molecules.length === 0) throw nothingToUse(refused);
    const answer = await askModel(parts, exchange, { model, molecules: molecules.length }, (ref) =>
      parts.inference.unary(
        'Evaluate',
        {
          smiles: molecules.map(({ smiles }) => smiles),
          notes: [...notes],
          labels: Buffer.from(labels),
          ...ref,
        },
        { timeoutMs: parts.timeoutMs },
      ),
    );
    exchange.answered = answer.molecules;
    const timing = timingOf(exchange, answer.timing);
    sendNotes(request, response, presentEvaluation(molecules, refused, answer, timing));
  });
}

/** Characters parsed at once: in between others are served. */
const sliceLength = 65_536;

async function tableOf(text: string): Promise<string[][]> {
  const parser = Readable.from(slicesOf(text)).pipe(
    parseCsv({ bom: true, skip_empty_lines: true, max_record_size: 65_536 }),
  );
  const table: string[][] = [];
  try {
    for await (const record of parser) table.push(record);
    return table;
  } catch (error) {
    throw new AppError('invalid_input', `the body is not CSV: ${reasonOf(error)}`, { cause: error });
  }
}

function* slicesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += sliceLength) {
    yield text.slice(start, start + sliceLength);
  }
}

function nothingToUse(refused: LabelledMolecules['refused']): AppError {
  return new AppError('invalid_input', 'no molecule can be used', {
    errors: refused
      .slice(0, 100)
      .map(({ index, error }) => ({ pointer: `/molecules/${index}`, detail: error.detail })),
  });
}
