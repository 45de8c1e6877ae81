import { z } from 'zod';
import type { Model__Output } from '../generated/sillage/inference/v1/Model.ts';
import { presentModelRef } from './answer-parts.ts';
import { rounded } from './fields.ts';

export const modelSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    task: z.string().meta({ description: 'odour-notes, molecule-generation or enose-classification.' }),
    default: z.boolean().meta({ description: 'Answers what names no model.' }),
    summary: z.string(),
    labels: z.number().int().meta({ description: 'How many odour notes or substances it tells apart.' }),
    metrics: z
      .array(z.object({ dataset: z.string(), metric: z.string(), value: z.number() }))
      .meta({ description: 'What was measured when it was made; its card says how.' }),
    license: z.string(),
  })
  .meta({
    id: 'Model',
    example: {
      name: 'olfactory-base',
      version: '1',
      task: 'odour-notes',
      default: true,
      summary: 'Graph transformer that gives 138 odour notes',
      labels: 138,
      metrics: [{ dataset: 'gslf-fold-0', metric: 'macro_auroc', value: 0.8925 }],
      license: 'MIT',
    },
  });
export type ModelJson = z.infer<typeof modelSchema>;

export const modelListSchema = z
  .object({ models: z.array(modelSchema) })
  .meta({ id: 'ModelList', description: 'By name, newest version first.' });

/** A model of inference as the API shows it. */
export function presentModel(model: Model__Output): ModelJson {
  return {
    ...presentModelRef(model.ref),
    task: model.task,
    default: model.isDefault,
    summary: model.summary,
    labels: model.labels.length,
    metrics: model.figures.map(({ dataset, metric, value }) => ({
      dataset,
      metric,
      value: rounded(value, 6),
    })),
    license: model.license,
  };
}
