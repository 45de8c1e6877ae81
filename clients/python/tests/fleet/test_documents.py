"""The Python of the documents runs as it stands, and prints what they say it does."""

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
MARK = "--8<--\n"


def blocks_of(document: Path) -> list[tuple[str, str]]:
    """Each block, with what the document says it prints, or nothing where it does not say."""
    text = document.read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", text, re.M | re.S)


@pytest.mark.parametrize(
    "document",
    [one for one in DOCUMENTS if blocks_of(one)],
    ids=lambda document: str(document.relative_to(ROOT)),
)
def test_its_python_runs(client: Sillage, document: Path, tmp_path: Path) -> None:
    assert client.models()
    (tmp_path / "models").symlink_to(ROOT / "models")
    blocks = blocks_of(document)
    script = "".join(f"{block}print({MARK.strip()!r})\n" for block, _ in blocks)
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
    for (block, told), printed in zip(blocks, done.stdout.split(MARK), strict=False):
        assert (block, printed) == (block, told or printed)


def test_the_example_of_the_readme_has_twenty_lines() -> None:
    [(example, _)] = blocks_of(ROOT / "README.md")
    assert len(example.splitlines()) <= 20
