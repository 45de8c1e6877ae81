import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { AppError, invalidField } from '@sillage/kit';
import type { Request } from 'express';
import type { MoleculeFileOptions } from './molecule-file.ts';

/** A file as it was sent, and as it is unpacked. */
const maxUploadBytes = 256 * 1024 * 1024;

const formats: Readonly<Record<string, MoleculeFileOptions['format']>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'chemical/x-daylight-smiles': 'smiles',
};
const multipart = 'multipart/form-data';
/** Types of a body that is a file of molecules. */
export const uploadTypes: readonly string[] = [...Object.keys(formats), multipart];

/** Endings of names, for forms: browsers send no good type for a SMILES file. */
const endings: readonly (readonly [RegExp, MoleculeFileOptions['format']])[] = [
  [/\.(csv|tsv)(\.gz)?$/i, 'csv'],
  [/\.(smi|smiles|ism)(\.gz)?$/i, 'smiles'],
];

/** A file of molecules that is coming in. */
export interface Upload {
  readonly format: MoleculeFileOptions['format'];
  /** Unpacked, bounded; to be read once, to its end. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Hash of the file as it was sent; after the end. */
  readonly hash: () => string;
}

/** Begins to read the file in a request's body: the body itself, or the one file of a form. */
export async function beginUpload(request: Request, type: string): Promise<Upload> {
  if (Number(request.headers['content-length'] ?? 0) > maxUploadBytes + 4096) throw tooLarge();
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new AppError('unsupported_media_type', 'the body may be compressed by gzip, and by nothing else');
  }
  const hash = createHash('sha256');
  const { format, bytes } =
    type === multipart ? await formFile(request) : { format: formats[type], bytes: bodyBytes(request) };
  if (!format) throw new AppError('unsupported_media_type', `send ${uploadTypes.join(' or ')}`);
  const sent = hashed(limited(bytes), hash);
  let digest: string | undefined;
  const digestOnce = () => {
    digest ??= hash.digest('hex');
    return digest;
  };
  return { format, bytes: unpacked(sent), hash: digestOnce };
}

async function* bodyBytes(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new AppError('cancelled', 'the caller has gone', { cause: error });
  }
}

function tooLarge(): AppError {
  return new AppError(
    'too_large',
    `a file may have ${maxUploadBytes} bytes, unpacked; send the rest as another job`,
    {
      extra: { max_bytes: maxUploadBytes },
    },
  );
}

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxUploadBytes) throw tooLarge();
    yield chunk;
  }
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Gunzips what begins as gzip does; what it becomes is bounded as what was sent. */
async function* unpacked(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await bytes.next();
  if (first.done) return;
  const [one, two] = first.value;
  if (one === 0x50 && two === 0x4b) {
    throw new AppError(
      'unsupported_media_type',
      'the file is a ZIP archive; send the file in it, as it is or by gzip',
    );
  }
  const all = prepend(first.value, bytes);
  if (one !== 0x1f || two !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  const feeding = (async () => {
    try {
      for await (const chunk of all) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) {
          await new Promise<void>((resolve) => {
            gunzip.once('drain', resolve);
            gunzip.once('close', resolve);
          });
        }
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    yield* limited(gunzip);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new AppError('invalid_input', 'the gzip file is damaged or cut short', { cause: error });
    }
    throw error;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

const formAdvice = 'a form has one part, the file; options go into the query';

/** The one file of a form. Other parts are refused: what is said after the file would come too late. */
async function formFile(
  request: Request,
): Promise<{ format: MoleculeFileOptions['format']; bytes: AsyncIterable<Uint8Array> }> {
  const { 'content-type': contentType = '', ...headers } = request.headers;
  let form: BusboyInstance;
  try {
    form = new Busboy({
      headers: { ...headers, 'content-type': contentType },
      limits: { files: 1, fields: 1, fieldSize: 1024, headerPairs: 20 },
    });
  } catch (error) {
    throw new AppError('invalid_input', 'the form is damaged: its type names no boundary', { cause: error });
  }
  const finished = Promise.withResolvers<void>();
  finished.promise.catch(() => {});
  const found = Promise.withResolvers<{ format: MoleculeFileOptions['format']; stream: BusboyFileStream }>();
  const fail = (error: unknown) => {
    found.reject(error);
    finished.reject(error);
    request.unpipe(form);
  };
  const damaged = (cause: unknown) =>
    fail(new AppError('invalid_input', 'the form is damaged or cut short', { cause }));
  form.on('file', (_name, stream, filename, _encoding, type) => {
    // A part that is cut short says so here, maybe before anybody reads it.
    stream.on('error', damaged);
    const format =
      endings.find(([ending]) => ending.test(filename ?? ''))?.[1] ?? formats[type.split(';', 1)[0] ?? ''];
    if (format) found.resolve({ format, stream });
    else {
      stream.resume();
      fail(
        invalidField(
          '/file',
          'the name of the file must end in .csv, .tsv, .smi or .smiles, or with .gz after it',
        ),
      );
    }
  });
  form.on('field', (name) => fail(invalidField(`/${name}`, formAdvice)));
  form.on('filesLimit', () => fail(invalidField('/file', formAdvice)));
  form.on('finish', () => {
    found.reject(invalidField('/file', `the form has no file; ${formAdvice}`));
    finished.resolve();
  });
  form.on('error', damaged);
  request.once('aborted', () => fail(new AppError('cancelled', 'the caller has gone')));
  request.pipe(form);
  const { format, stream } = await found.promise;
  return { format, bytes: fileBytes(stream, finished.promise) };
}

async function* fileBytes(stream: BusboyFileStream, finished: Promise<void>): AsyncGenerator<Uint8Array> {
  // A form that breaks in the middle of the file ends the file's stream by itself, or not at all.
  finished.catch((error: unknown) => stream.destroy(error instanceof Error ? error : undefined));
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    // What the form says is wrong tells more than that its file broke off.
    await Promise.race([finished, new Promise((resolve) => setImmediate(resolve))]);
  }
  await finished;
}
