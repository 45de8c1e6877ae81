"""BentoML with adaptive batching, one worker a core.

https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html and
https://docs.bentoml.com/en/latest/build-with-bentoml/parallelize-requests.html
"""

from __future__ import annotations

import bentoml
from odour import CORES, OdourModel


@bentoml.service(workers=CORES, traffic={"timeout": 60}, logging={"access": {"enabled": False}})
class Odour:
    def __init__(self) -> None:
        self.model = OdourModel(threads=1)

    @bentoml.api(route="/api/v1/predict", batchable=True, max_batch_size=256, max_latency_ms=10_000)
    def predict(self, smiles: list[str]) -> list[dict]:
        return self.model.predict(smiles)
