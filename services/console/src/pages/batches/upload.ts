import type { JobJson } from '@sillage/contracts';
import { accepted, ownHeaders } from '../../api/client.ts';

export interface UploadOptions {
  readonly type: string;
  readonly query: Readonly<Record<string, string>>;
  /** Told of the part that has left, 0 to 1. */
  readonly onProgress: (part: number) => void;
  readonly signal: AbortSignal;
}

/** Sends a file as a job. By XMLHttpRequest, since fetch does not tell how much of a body has left. */
export async function uploadJob(
  file: Blob,
  { type, query, onProgress, signal }: UploadOptions,
): Promise<JobJson> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = new XMLHttpRequest();
  request.open('POST', `/api/v1/jobs?${new URLSearchParams(query)}`);
  const headers = { ...ownHeaders('POST'), 'Content-Type': type };
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.addEventListener('progress', ({ loaded, total }) =>
    onProgress(total > 0 ? loaded / total : 0),
  );
  request.addEventListener('load', () =>
    resolve(new Response(request.responseText, { status: request.status })),
  );
  request.addEventListener('error', () => reject(new TypeError('the line broke while the file was sent')));
  request.addEventListener('abort', () => reject(signal.reason));
  signal.addEventListener('abort', () => request.abort(), { once: true });
  request.send(file);
  return (await (await accepted(await promise)).json()) as JobJson;
}
