"""A server of the Open Inference Protocol to test: the one the environment names, or a fleet started for it.

OIP_URL   http://host:port, OIP_GRPC host:port, OIP_KEY a key (empty: none is sent). The server must have the models of
test/oip/models in its repository.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Server:
    """Where the server is, and the headers or metadata that every request has."""

    url: str
    grpc: str
    headers: dict[str, str] = field(repr=False)
    #: The folder of a fleet started here, to put models into; None where the server is another.
    models: Path | None

    @property
    def address(self) -> str:
        """host:port, as Triton's client wants it."""
        return self.url.split("://", 1)[-1].rstrip("/")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    if "OIP_URL" in os.environ:
        key = os.environ.get("OIP_KEY", "")
        headers = {"x-api-key": key} if key else {}
        yield Server(os.environ["OIP_URL"], os.environ["OIP_GRPC"], headers, None)
        return
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(HERE / "models", models, dirs_exist_ok=True)
    node = shutil.which("node") or pytest.fail("node is not on the PATH")
    process = subprocess.Popen(
        [node, HERE / "fleet.mjs", models], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        if not line:
            pytest.fail("the fleet did not start")
        at = json.loads(line)
        yield Server(at["url"], at["grpc"], {"x-api-key": at["key"]}, models)
    finally:
        process.stdin.close()
        process.wait(120)
