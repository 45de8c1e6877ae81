import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { type ModelInferRequest, openInferenceService } from '@sillage/contracts';
import type { GetFleet } from './index.ts';

const model = 'olfactory-fast';

/** Our own model as tensors, through the whole fleet by both doors. */
export function openInference(fleet: GetFleet): void {
  test('a model answers the same tensors by REST and by gRPC, and is counted', async () => {
    const { api, key, fleet: running } = fleet();
    const { body: metadata } = await api.get(`/v2/models/${model}`);
    const [{ name, shape }] = metadata.inputs;
    const width = Number(shape[1]);
    const values = Array.from({ length: 2 * width }, (_, index) => index % 3);
    const tensor = { name, datatype: 'FP32', shape: [2, width] };
    const { status, body } = await api.post(`/v2/models/${model}/infer`, {
      inputs: [{ ...tensor, data: values }],
      outputs: [{ name: 'probabilities' }],
    });
    expect(status).toBe(200);
    const byRest: number[] = body.outputs[0].data;
    expect(byRest).toHaveLength(2 * 138);

    const door = new Client(running.grpcTarget, credentials.createInsecure());
    try {
      const metadata = new Metadata();
      metadata.set('x-api-key', key);
      const { path, requestSerialize, responseDeserialize } = openInferenceService.ModelInfer;
      const request: ModelInferRequest = {
        modelName: model,
        inputs: [{ ...tensor, contents: { fp32Contents: values } }],
        outputs: [{ name: 'probabilities' }],
      };
      const byGrpc = await new Promise<readonly number[]>((resolve, reject) => {
        door.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          (error, answer) =>
            error ? reject(error) : resolve(answer?.outputs[0]?.contents?.fp32Contents ?? []),
        );
      });
      expect(byGrpc).toEqual(byRest);
    } finally {
      door.close();
    }
    const { body: statistics } = await api.get(`/v2/models/${model}/stats`);
    expect(statistics.model_stats[0].inference_stats.success.count).toBeGreaterThanOrEqual(2);
    const metrics = await (await fetch(`${running.ops.inference}/metrics`)).text();
    expect(metrics).toMatch(/olfactory_inference_duration_seconds_count\{[^}]*model="olfactory-fast\/\d+"/);
  });

  test('wrong tensors are told in the protocol’s own form', async () => {
    const { api } = fleet();
    const wrong = await api.post(`/v2/models/${model}/infer`, {
      inputs: [{ name: 'environment', datatype: 'FP32', shape: [0, 7], data: [] }],
    });
    expect([wrong.status, wrong.body]).toEqual([
      400,
      { error: expect.stringContaining('must have the shape') },
    ]);
    const none = await api.get('/v2/models/nobody');
    expect([none.status, none.body]).toEqual([404, { error: expect.stringContaining('there is no model') }]);
  });
}
