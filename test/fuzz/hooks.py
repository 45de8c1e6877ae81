"""Fills `{id}` in paths with things that are there, and counts what the cases met.

FUZZ_URL, FUZZ_KEY and FUZZ_DOCUMENT say where the fleet is and what it documents; FUZZ_IDS=0 leaves ids to chance.
"""

import atexit
import itertools
import json
import os
from collections import Counter

import requests
import schemathesis

URL, KEY = os.environ["FUZZ_URL"], os.environ["FUZZ_KEY"]
with open(os.environ["FUZZ_DOCUMENT"], encoding="utf-8") as file:
    DOCUMENT = json.load(file)
PATHS = DOCUMENT["paths"]

statuses: Counter[int] = Counter()
things: dict[str, list[str]] = {}
turn = itertools.count()


def maker_of(path: str) -> str | None:
    """The route whose POST makes what `{id}` of this path names."""
    parent = path.partition("/{id}")[0].replace("/admin/keys", "/keys")
    return parent if "post" in PATHS.get(parent, {}) else None


def make(parent: str) -> str | None:
    body = PATHS[parent]["post"]["requestBody"]["content"]["application/json"]["schema"]
    name = body.get("$ref", "").rpartition("/")[2]
    example = dict(DOCUMENT["components"]["schemas"].get(name, {}).get("example", {}))
    if parent.endswith("/tenants"):
        example["name"] = f"fuzzed {next(turn)}"
    answer = requests.post(URL + parent, json=example, headers={"X-API-Key": KEY}, timeout=20)
    return answer.json().get("id") if answer.ok else None


def existing(parent: str) -> str | None:
    known = things.setdefault(parent, [])
    if len(known) < 3 and (made := make(parent)):
        known.append(made)
    return known[next(turn) % len(known)] if known else None


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Four cases of five are about something that is there; the fifth is what chance made of it."""
    parent = maker_of(context.operation.path)
    if os.environ.get("FUZZ_IDS") == "0" or parent is None or not path_parameters or next(turn) % 5 == 0:
        return path_parameters
    if (found := existing(parent)) is None:
        return path_parameters
    if context.operation.method.lower() == "delete":
        things[parent].remove(found)
    return {**path_parameters, "id": found}


@schemathesis.hook
def after_call(context, case, response):
    statuses[response.status_code] += 1


@atexit.register
def report() -> None:
    total = sum(statuses.values())
    if total == 0:
        return
    good = sum(count for status, count in statuses.items() if status < 400)
    each = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    print(f"{total} answers, {100 * good / total:.1f} % of them successes ({each})")
