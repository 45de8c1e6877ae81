"""A running fleet: the one SILLAGE_URL names, with a key in SILLAGE_API_KEY."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sillage import Sillage


@pytest.fixture(scope="session")
def client() -> Iterator[Sillage]:
    if "SILLAGE_URL" not in os.environ:
        pytest.skip("SILLAGE_URL names no fleet")
    with Sillage() as one:
        yield one
