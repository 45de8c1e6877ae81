import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { unavailable } from '@sillage/kit';
import type { ByteRange, ObjectStore } from './object-store.ts';

export interface S3Options {
  readonly bucket: string;
  /** Before every key, for instance `sillage/`; empty: none. */
  readonly prefix: string;
  readonly region: string;
  /** Of a server other than AWS (MinIO, Ceph, …). */
  readonly endpoint?: string | undefined;
}

const requestTimeoutMs = 20_000;
const attempts = 3;

/**
 * Objects in a bucket of anything that speaks S3. Credentials come from where the AWS SDK looks for them: the
 * environment, a role of the pod, the profile.
 */
export class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3Options) {
    this.#bucket = options.bucket;
    this.#prefix = options.prefix;
    this.#client = new S3Client({
      region: options.region,
      maxAttempts: attempts,
      requestHandler: { requestTimeout: requestTimeoutMs, connectionTimeout: 3000 },
      // Servers other than AWS know no newer checksums; TLS and our own gzip carry one each.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(options.endpoint ? { endpoint: options.endpoint, forcePathStyle: true } : {}),
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await guarded(() =>
      this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, Body: bytes })),
    );
  }

  async get(key: string, range?: ByteRange): Promise<Buffer | undefined> {
    return guarded(async () => {
      try {
        const answer = await this.#client.send(
          new GetObjectCommand({
            Bucket: this.#bucket,
            Key: this.#prefix + key,
            ...(range ? { Range: `bytes=${range.start}-${range.start + range.length - 1}` } : {}),
          }),
        );
        const bytes = await answer.Body?.transformToByteArray();
        return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : undefined;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  async removeAll(prefix: string): Promise<void> {
    await guarded(async () => {
      for (;;) {
        const page = await this.#client.send(
          new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix + prefix }),
        );
        const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
        if (keys.length === 0) return;
        const removed = await this.#client.send(
          new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: keys, Quiet: true } }),
        );
        const [refused] = removed.Errors ?? [];
        if (refused) throw new Error(`${refused.Code}: ${refused.Message}`);
      }
    });
  }

  async check(): Promise<void> {
    await guarded(() => this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket })));
  }

  close(): void {
    this.#client.destroy();
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable('the result storage', error);
  }
}
