import { env } from '@sillage/kit';
import { z } from 'zod';
import { FolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';

/** Variables of a service that reads or writes inputs and results of jobs: a bucket where one is named, else a folder. */
export const storageVariables = {
  /** Folder that gateway and workers share. */
  RESULTS_DIR: env.text('folder for inputs and results of jobs').optional(),
  RESULTS_S3_BUCKET: env.text('bucket for inputs and results of jobs').optional(),
  /** Before every key in the bucket. */
  RESULTS_S3_PREFIX: z.string().default(''),
  RESULTS_S3_REGION: env.text('region of the bucket').default('us-east-1'),
  /** URL of an S3 server other than AWS. */
  RESULTS_S3_ENDPOINT: env.url(['http:', 'https:']).optional(),
};

/** What `storageVariables` read. */
export interface StorageConfig {
  readonly RESULTS_DIR?: string | undefined;
  readonly RESULTS_S3_BUCKET?: string | undefined;
  readonly RESULTS_S3_PREFIX: string;
  readonly RESULTS_S3_REGION: string;
  readonly RESULTS_S3_ENDPOINT?: string | undefined;
}

/** Opens what the configuration names; throws when it names neither folder nor bucket, or both. */
export async function openStorage(config: StorageConfig): Promise<ObjectStore> {
  const { RESULTS_DIR: folder, RESULTS_S3_BUCKET: bucket } = config;
  if ((folder === undefined) === (bucket === undefined)) {
    throw new Error('RESULTS_DIR or RESULTS_S3_BUCKET is needed, and not both: where results of jobs lie');
  }
  if (bucket === undefined) return new FolderStore(folder ?? '');
  // Only who uses a bucket carries its client.
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store({
    bucket,
    prefix: config.RESULTS_S3_PREFIX,
    region: config.RESULTS_S3_REGION,
    endpoint: config.RESULTS_S3_ENDPOINT,
  });
}
