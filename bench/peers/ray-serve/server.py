"""Ray Serve with dynamic batching, one replica a core, its options for throughput.

https://docs.ray.io/en/latest/serve/advanced-guides/dyn-req-batch.html and
https://docs.ray.io/en/latest/serve/advanced-guides/performance.html
"""

from __future__ import annotations

import os
import signal

os.environ["RAY_SERVE_THROUGHPUT_OPTIMIZED"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray  # noqa: E402
from odour import CORES, OdourModel, listed  # noqa: E402
from ray import serve  # noqa: E402
from starlette.requests import Request  # noqa: E402


@serve.deployment(num_replicas=CORES, max_ongoing_requests=512, ray_actor_options={"num_cpus": 1})
class Odour:
    def __init__(self) -> None:
        self.model = OdourModel(threads=1)

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.005)
    async def predict(self, batch: list[list[str]]) -> list[dict]:
        rows = iter(self.model.predict([one for smiles in batch for one in smiles]))
        return [self.model.answer([next(rows) for _ in smiles]) for smiles in batch]

    async def __call__(self, request: Request) -> dict:
        return await self.predict(listed((await request.json())["smiles"]))


if __name__ == "__main__":
    # A processor more than replicas, on paper: the proxy asks for none, the controller for a little.
    ray.init(num_cpus=CORES + 1, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Odour.bind(), route_prefix="/api/v1/predict")
    # Whoever ends this process ends what Ray has started with it.
    signal.signal(signal.SIGTERM, lambda *_: (ray.shutdown(), os._exit(0)))
    signal.pause()
