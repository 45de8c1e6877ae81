"""LitServe with batching, one worker a core.

https://lightning.ai/docs/litserve/features/batching and https://lightning.ai/docs/litserve/api-reference/litserver
"""

from __future__ import annotations

import os

import litserve as ls
from odour import CORES, OdourModel, listed


class OdourAPI(ls.LitAPI):
    def setup(self, device: str) -> None:
        self.model = OdourModel(threads=1)

    def decode_request(self, request: dict) -> list[str]:
        return listed(request["smiles"])

    def predict(self, batch: list[list[str]]) -> list[dict]:
        rows = iter(self.model.predict([one for smiles in batch for one in smiles]))
        return [self.model.answer([next(rows) for _ in smiles]) for smiles in batch]

    def batch(self, inputs: list[list[str]]) -> list[list[str]]:
        return inputs

    def unbatch(self, output: list[dict]) -> list[dict]:
        return output

    def encode_response(self, output: dict) -> dict:
        return output


if __name__ == "__main__":
    api = OdourAPI(max_batch_size=64, batch_timeout=0.005, api_path="/api/v1/predict")
    server = ls.LitServer(api, accelerator="cpu", workers_per_device=CORES)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False, log_level="warning")
