"""The Python of the README files and of the tutorials runs as it stands, block after block."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sillage import Sillage

from .recording import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "clients/python/README.md",
    *sorted((ROOT / "docs/tutorials").glob("*.md")),
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]


def blocks_of(document: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", document.read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize(
    "document",
    [one for one in DOCUMENTS if blocks_of(one)],
    ids=lambda document: str(document.relative_to(ROOT)),
)
def test_its_python_runs(client: Sillage, document: Path, tmp_path: Path) -> None:
    assert client.models()
    script = "\n".join(blocks_of(document))
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout


def test_the_example_of_the_readme_has_twenty_lines() -> None:
    [example] = blocks_of(ROOT / "README.md")
    assert len(example.splitlines()) <= 20
