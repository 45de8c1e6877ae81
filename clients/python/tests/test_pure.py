"""What needs no server: retries, events, values, errors, and that what is made is not old."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import sillage
from sillage._events import EventParser, ServerEvent
from sillage._retries import RetryPolicy, retry_after_s
from sillage._values import given, moment, path_of, query, slices
from sillage.errors import InvalidInput, NotAllowed, QuotaExceeded, problem_error

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("tried", "asked", "draw", "expected"),
    [
        (1, None, 1.0, 0.25),
        (3, None, 1.0, 1.0),
        (3, None, 0.0, 0.0),
        (1, 2.0, 0.0, 2.0),
        (1, 2.0, 1.0, 2.5),
        (1, 61.0, 0.0, None),
        (5, None, 0.5, None),
    ],
)
def test_wait(tried: int, asked: float | None, draw: float, expected: float | None) -> None:
    assert RetryPolicy().wait_s(tried, asked, draw) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7.0),
        ("-1", 0.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(value: str, expected: float | None) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == expected


def test_events_as_the_standard_has_them() -> None:
    parser = EventParser()
    lines = [": still here", "", "event: progress", "id: 7", 'data: {"a":', "data: 1}", "", ""]
    got = [event for line in lines if (event := parser.feed(line)) is not None]
    assert got == [ServerEvent("progress", '{"a":\n1}', "7")]


def test_moments_are_rfc_3339_in_utc() -> None:
    assert moment(datetime(2026, 11, 21, 10, 0)) == "2026-11-21T10:00:00Z"
    plus_two = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 11, 21, 12, 0, tzinfo=plus_two)) == "2026-11-21T10:00:00Z"
    assert moment("2026-11-21T10:00:00Z") == "2026-11-21T10:00:00Z"
    assert moment(None) is None


def test_query_values_and_paths() -> None:
    assert query({"named": True, "note": ["a", "b"], "limit": 3, "at": None}) == {
        "named": "true",
        "note": "a,b",
        "limit": "3",
    }
    assert given(a=None, b=0) == {"b": 0}
    assert path_of("/jobs/{id}", id="../keys") == "/jobs/..%2Fkeys"
    assert [list(some) for some in slices([1, 2, 3], 2)] == [[1, 2], [3]]


def test_an_error_says_what_would_be_right() -> None:
    error = problem_error(
        400,
        {
            "code": "invalid_input",
            "detail": "2 fields are wrong",
            "requestId": "r-9",
            "errors": [
                {"pointer": "/top_k", "detail": "must be a whole number from 1 to 138"},
                {"pointer": "/smiles", "detail": "is required"},
            ],
        },
    )
    assert isinstance(error, InvalidInput)
    assert str(error) == (
        "400 invalid_input: 2 fields are wrong (/top_k must be a whole number from 1 to 138; "
        "/smiles is required) [request r-9]"
    )
    assert [one.pointer for one in error.errors] == ["/top_k", "/smiles"]
    missing = problem_error(403, {"code": "forbidden", "scope": "admin"})
    assert isinstance(missing, NotAllowed)
    assert missing.scope == "admin"
    assert isinstance(problem_error(429, {"code": "quota_exceeded"}), QuotaExceeded)


def test_a_value_that_this_version_does_not_know_is_kept() -> None:
    drift = sillage.models.Drift.model_validate(
        {"status": "a new one", "calibration_age_s": None, "channels": [], "novel": 1}
    )
    assert drift.status == "a new one"
    assert drift.model_dump()["novel"] == 1


def test_the_blocking_client_is_what_the_other_makes() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "unasync.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_the_version_is_that_of_the_api() -> None:
    package = json.loads((ROOT / "../../package.json").read_text("utf-8"))
    project = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert project is not None
    assert sillage.__version__ == package["version"] == project[1]


def test_what_pip_installs_says_that_it_is_typed() -> None:
    assert (Path(sillage.__file__).parent / "py.typed").exists()
