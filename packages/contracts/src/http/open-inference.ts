import { z } from 'zod';
import type { ModelConfig__Output } from '../generated/inference/ModelConfig.ts';
import type { ModelMetadataResponse__Output } from '../generated/inference/ModelMetadataResponse.ts';
import type { ModelStatisticsResponse__Output } from '../generated/inference/ModelStatisticsResponse.ts';
import type { RepositoryIndexResponse__Output } from '../generated/inference/RepositoryIndexResponse.ts';
import type { StatisticDuration__Output } from '../generated/inference/StatisticDuration.ts';

/** Before every path of the Open Inference Protocol. */
export const openInferencePath = '/v2';

/** Every error of the Open Inference Protocol. */
export const openInferenceErrorSchema = z.object({ error: z.string() }).meta({
  id: 'OpenInferenceError',
  description: 'What was wrong, in words.',
  example: { error: 'input x must be FP32, not FP64' },
});

export const liveSchema = z.object({ live: z.boolean() }).meta({ id: 'ServerLive', example: { live: true } });
export const readySchema = z
  .object({ ready: z.boolean() })
  .meta({ id: 'ServerReady', example: { ready: true } });
export const modelReadySchema = z
  .object({ name: z.string(), ready: z.boolean() })
  .meta({ id: 'ModelReady', example: { name: 'citations', ready: true } });

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({
    id: 'ServerMetadata',
    example: { name: 'sillage', version: '1.0.0', extensions: ['binary_tensor_data'] },
  });

const tensorMetadataSchema = z.object({
  name: z.string(),
  datatype: z
    .string()
    .meta({ description: 'BOOL, UINT8 … UINT64, INT8 … INT64, FP16, FP32, FP64 or BYTES.' }),
  shape: z.array(z.number().int()).meta({ description: '-1 stands for any size.' }),
});
export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()).meta({ description: 'That can be asked for, newest first.' }),
    platform: z.string(),
    inputs: z.array(tensorMetadataSchema),
    outputs: z.array(tensorMetadataSchema),
  })
  .meta({
    id: 'ModelMetadata',
    example: {
      name: 'citations',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 6] }],
      outputs: [{ name: 'variable', datatype: 'FP32', shape: [-1, 1] }],
    },
  });

const parametersSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: 'Extensions of the protocol; those that are not known are passed over.' });
const nameField = z.string({ error: 'must be a text' }).min(1, 'must not be empty');

/** The JSON of an inference request; `data` is read by the tensor's datatype. */
export const inferRequestSchema = z
  .object({
    id: z
      .string()
      .max(256, 'must have at most 256 characters')
      .optional()
      .meta({ description: 'Comes back.' }),
    parameters: parametersSchema.optional(),
    inputs: z
      .array(
        z.object({
          name: nameField,
          shape: z
            .array(z.int('must be a whole number').min(0, 'must be 0 or more'), {
              error: 'must be a list of sizes',
            })
            .max(16, 'must have at most 16 dimensions'),
          datatype: nameField,
          parameters: parametersSchema.optional(),
          data: z.unknown().optional().meta({
            type: 'array',
            items: {},
            description:
              'Elements in row-major order, flat or nested. Absent with the parameter binary_data_size: then the elements are bytes behind the JSON, which has the header Inference-Header-Content-Length bytes.',
          }),
        }),
        { error: 'must be a list of tensors' },
      )
      .max(256, 'must have at most 256 tensors'),
    outputs: z
      .array(z.object({ name: nameField, parameters: parametersSchema.optional() }), {
        error: 'must be a list of outputs',
      })
      .max(256, 'must have at most 256 outputs')
      .optional()
      .meta({ description: 'Absent or empty: all of them.' }),
  })
  .meta({
    id: 'InferRequest',
    example: { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [0.5, 2] }] },
  });
export type InferRequestBody = z.output<typeof inferRequestSchema>;

export const inferResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int()),
        datatype: z.string(),
        parameters: z.object({ binary_data_size: z.number().int() }).optional(),
        data: z.array(z.unknown()).optional(),
      }),
    ),
  })
  .meta({
    id: 'InferResponse',
    example: {
      model_name: 'citations',
      model_version: '1',
      outputs: [{ name: 'variable', shape: [1, 1], datatype: 'FP32', data: [41.5] }],
    },
  });

export const repositoryIndexRequestSchema = z
  .object({
    ready: z.boolean('must be true or false').optional().meta({ description: 'Only models that are READY.' }),
  })
  .meta({ id: 'RepositoryIndexRequest', example: { ready: true } });
export const repositoryIndexSchema = z
  .array(z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() }))
  .meta({
    id: 'RepositoryIndex',
    example: [{ name: 'citations', version: '1', state: 'READY', reason: '' }],
  });
export const repositoryChangeSchema = z
  .object({ parameters: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: 'RepositoryChange', example: {} });
export const repositoryChangedSchema = z.object({}).meta({ id: 'RepositoryChanged', example: {} });

const durationSchema = z.object({ count: z.number().int(), ns: z.number().int() });
export const modelStatisticsSchema = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        last_inference: z.number().int().meta({ description: 'Milliseconds since the epoch; 0: never.' }),
        inference_count: z.number().int().meta({ description: 'Rows inferred.' }),
        execution_count: z.number().int().meta({ description: 'Runs of the model.' }),
        inference_stats: z.record(z.string(), durationSchema),
        batch_stats: z.array(
          z.object({
            batch_size: z.number().int(),
            compute_input: durationSchema,
            compute_infer: durationSchema,
            compute_output: durationSchema,
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'ModelStatistics', description: 'Since the model was loaded, as Triton counts.' });
export type ModelStatisticsJson = z.infer<typeof modelStatisticsSchema>;

const configTensorSchema = z.object({
  name: z.string(),
  data_type: z.string(),
  dims: z.array(z.number().int()),
});
export const modelConfigSchema = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    max_batch_size: z.number().int(),
    input: z.array(configTensorSchema),
    output: z.array(configTensorSchema),
    default_model_filename: z.string(),
    dynamic_batching: z.object({}).optional(),
    response_cache: z.object({ enable: z.boolean() }).optional(),
  })
  .meta({ id: 'ModelConfig', description: 'The model as Triton’s configuration describes models.' });

export function presentModelMetadata(
  metadata: ModelMetadataResponse__Output,
): z.infer<typeof modelMetadataSchema> {
  const tensors = (side: ModelMetadataResponse__Output['inputs']) =>
    side.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }));
  const { name, versions, platform, inputs, outputs } = metadata;
  return { name, versions, platform, inputs: tensors(inputs), outputs: tensors(outputs) };
}

export function presentRepositoryIndex(
  index: RepositoryIndexResponse__Output,
): z.infer<typeof repositoryIndexSchema> {
  return index.models.map(({ name, version, state, reason }) => ({ name, version, state, reason }));
}

export function presentModelStatistics(statistics: ModelStatisticsResponse__Output): ModelStatisticsJson {
  return {
    model_stats: statistics.modelStats.map((model) => ({
      name: model.name,
      version: model.version,
      last_inference: Number(model.lastInference),
      inference_count: Number(model.inferenceCount),
      execution_count: Number(model.executionCount),
      inference_stats: {
        success: duration(model.inferenceStats?.success),
        fail: duration(model.inferenceStats?.fail),
        queue: duration(model.inferenceStats?.queue),
        compute_input: duration(model.inferenceStats?.computeInput),
        compute_infer: duration(model.inferenceStats?.computeInfer),
        compute_output: duration(model.inferenceStats?.computeOutput),
        cache_hit: duration(model.inferenceStats?.cacheHit),
        cache_miss: duration(model.inferenceStats?.cacheMiss),
      },
      batch_stats: model.batchStats.map((batch) => ({
        batch_size: Number(batch.batchSize),
        compute_input: duration(batch.computeInput),
        compute_infer: duration(batch.computeInfer),
        compute_output: duration(batch.computeOutput),
      })),
    })),
  };
}

function duration(value: StatisticDuration__Output | null | undefined): { count: number; ns: number } {
  return { count: Number(value?.count ?? 0), ns: Number(value?.ns ?? 0) };
}

export function presentModelConfig(config: ModelConfig__Output): z.infer<typeof modelConfigSchema> {
  const tensors = (side: ModelConfig__Output['input']) =>
    side.map(({ name, dataType, dims }) => ({ name, data_type: dataType, dims: dims.map(Number) }));
  return {
    name: config.name,
    platform: config.platform,
    backend: config.backend,
    max_batch_size: config.maxBatchSize,
    input: tensors(config.input),
    output: tensors(config.output),
    default_model_filename: config.defaultModelFilename,
    ...(config.dynamicBatching ? { dynamic_batching: {} } : {}),
    ...(config.responseCache ? { response_cache: { enable: config.responseCache.enable } } : {}),
  };
}
