import type { ListModelsResponse, Model } from '@sillage/contracts';
import type { ModelRepository } from '../repository/repository.ts';
import { modelRef } from './messages.ts';

/** ListModels: what this server has loaded. */
export function listModels(repository: ModelRepository): ListModelsResponse {
  return {
    models: repository.all().map(
      (model): Model => ({
        ref: modelRef(model),
        task: model.manifest.task,
        summary: model.manifest.summary,
        isDefault: repository.defaultOf(model.manifest.task) === model,
        labels: [...model.manifest.labels],
        figures: model.manifest.metrics.map((figure) => ({ ...figure })),
        license: model.manifest.license,
        parametersJson: JSON.stringify(model.manifest.parameters),
      }),
    ),
  };
}
