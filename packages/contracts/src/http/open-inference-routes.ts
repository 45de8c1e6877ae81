import { z } from 'zod';
import {
  inferRequestSchema,
  inferResponseSchema,
  liveSchema,
  modelConfigSchema,
  modelMetadataSchema,
  modelReadySchema,
  modelStatisticsSchema,
  openInferencePath,
  readySchema,
  repositoryChangedSchema,
  repositoryChangeSchema,
  repositoryIndexRequestSchema,
  repositoryIndexSchema,
  serverMetadataSchema,
} from './open-inference.ts';
import type { Route } from './routes.ts';

const common = { tag: 'Open Inference Protocol', protocol: 'open-inference' } as const;
const model = `${openInferencePath}/models/{model}`;
const octets = { 'application/octet-stream': undefined };

/** What can be asked of a model, of its newest version or of one that is named. */
function modelRoutes(path: string, which: string): Route[] {
  return [
    {
      ...common,
      method: 'get',
      path,
      scope: 'any',
      summary: `Tensors of ${which}`,
      answer: modelMetadataSchema,
      errors: [404],
    },
    {
      ...common,
      method: 'get',
      path: `${path}/ready`,
      scope: 'any',
      summary: `Whether ${which} can be asked`,
      answer: modelReadySchema,
      errors: [404],
    },
    {
      ...common,
      method: 'get',
      path: `${path}/config`,
      scope: 'any',
      summary: `Configuration of ${which}`,
      answer: modelConfigSchema,
      errors: [404],
    },
    {
      ...common,
      method: 'get',
      path: `${path}/stats`,
      scope: 'any',
      summary: `What ${which} has inferred`,
      answer: modelStatisticsSchema,
      errors: [404],
    },
    {
      ...common,
      method: 'post',
      path: `${path}/infer`,
      scope: 'predict',
      summary: `Runs ${which} on tensors`,
      description:
        'JSON, or JSON with the bytes of tensors behind it (the binary tensor data extension). Outputs with `binary_data` come back as bytes behind the JSON.',
      headers: z.object({
        'Inference-Header-Content-Length': z.string().optional().meta({
          description: 'Bytes of the JSON, where bytes of tensors follow it; in requests and answers.',
        }),
      }),
      body: inferRequestSchema,
      bodyAlso: octets,
      answer: inferResponseSchema,
      answerAlso: octets,
      errors: [404],
    },
  ];
}

/** The Open Inference Protocol, version 2 (github.com/kserve/open-inference-protocol), with extensions of Triton. */
export const openInferenceRoutes: readonly Route[] = [
  {
    ...common,
    method: 'get',
    path: openInferencePath,
    scope: 'any',
    summary: 'Name, version and extensions of the server',
    answer: serverMetadataSchema,
  },
  {
    ...common,
    method: 'get',
    path: `${openInferencePath}/health/live`,
    scope: 'public',
    summary: 'Whether the server runs',
    answer: liveSchema,
  },
  {
    ...common,
    method: 'get',
    path: `${openInferencePath}/health/ready`,
    scope: 'public',
    summary: 'Whether the server can infer',
    answer: readySchema,
  },
  {
    ...common,
    method: 'get',
    path: `${openInferencePath}/models/stats`,
    scope: 'any',
    summary: 'What every model has inferred',
    answer: modelStatisticsSchema,
  },
  ...modelRoutes(model, 'the newest version of a model'),
  ...modelRoutes(`${model}/versions/{version}`, 'a version of a model'),
  {
    ...common,
    method: 'post',
    path: `${openInferencePath}/repository/index`,
    scope: 'any',
    summary: 'Lists the models of the repository, also those that cannot be served',
    body: repositoryIndexRequestSchema,
    isBodyOptional: true,
    answer: repositoryIndexSchema,
  },
  {
    ...common,
    method: 'post',
    path: `${openInferencePath}/repository/models/{model}/load`,
    scope: 'admin',
    summary: 'Loads what is in the folder of a model, where the server allows it',
    body: repositoryChangeSchema,
    isBodyOptional: true,
    answer: repositoryChangedSchema,
    errors: [404, 409],
  },
  {
    ...common,
    method: 'post',
    path: `${openInferencePath}/repository/models/{model}/unload`,
    scope: 'admin',
    summary: 'Takes a model out of service, where the server allows it',
    body: repositoryChangeSchema,
    isBodyOptional: true,
    answer: repositoryChangedSchema,
    errors: [404, 409],
  },
];
