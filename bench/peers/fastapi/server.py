"""FastAPI on uvicorn: one worker process a core, uvloop and httptools, JSON by orjson.

https://fastapi.tiangolo.com/deployment/server-workers/ and https://fastapi.tiangolo.com/async/ (work that occupies the
processor belongs in a plain function, which FastAPI runs in a thread).
"""

from __future__ import annotations

import os

import orjson
import uvicorn
from fastapi import FastAPI, Response
from odour import CORES, OdourModel, listed
from pydantic import BaseModel

app = FastAPI()
# One thread of onnxruntime for each worker process: there are as many of these as cores.
model = OdourModel(threads=1)
caches = os.environ.get("PEER_CACHE") == "1"
cache: dict[str, dict] = {}
CACHED = 10_000


class PredictRequest(BaseModel):
    smiles: str | list[str]
    top_k: int = 5


def rows_of(smiles: list[str]) -> list[dict]:
    if not caches:
        return model.predict(smiles)
    missing = [one for one in dict.fromkeys(smiles) if one not in cache]
    for row in model.predict(missing) if missing else []:
        if len(cache) >= CACHED:
            cache.pop(next(iter(cache)))
        cache[row["input"]] = {**row, "cached": True}
    return [cache[one] for one in smiles]


@app.post("/api/v1/predict")
def predict(request: PredictRequest) -> Response:
    answer = model.answer(rows_of(listed(request.smiles)))
    return Response(orjson.dumps(answer), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        "server:app" if CORES > 1 else app,
        port=int(os.environ["PORT"]),
        workers=CORES,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
