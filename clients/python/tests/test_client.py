"""The clients against a real server on this machine: splitting, retries, resuming, errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from pathlib import Path

import pytest

from sillage import (
    AsyncSillage,
    ConnectionFailed,
    InvalidInput,
    NotAuthenticated,
    Prediction,
    QuotaExceeded,
    ResultsChanged,
    RetryPolicy,
    ServerFailed,
    Sillage,
    TimedOut,
    Unavailable,
)

from .local_server import Answer, Asked, as_json, job, predicted, problem, serving

QUICK = RetryPolicy(max_retries=3, first_wait_s=0.001)


def client(url: str, *, key: str = "sk_test") -> Sillage:
    return Sillage(url, key, retries=QUICK, timeout_s=5)


def test_one_molecule_gives_its_prediction() -> None:
    with serving(lambda asked, _: predicted(asked.json()["smiles"])) as server:
        with client(server.url) as sillage:
            prediction = sillage.predict("CCO", top_k=3, include=["svg"])
        assert isinstance(prediction, Prediction)
        assert prediction.notes[0].note == "vanilla"
        assert server.asked[0].json() == {"smiles": "CCO", "top_k": 3, "include": ["svg"]}
        assert server.asked[0].headers["x-api-key"] == "sk_test"


def test_a_long_list_is_split_and_answered_in_order_by_one_model() -> None:
    smiles = ["C" * (1 + n % 30) for n in range(1000)]
    smiles[700] = "C1CC"
    with serving(lambda asked, _: predicted(asked.json()["smiles"])) as server:
        with client(server.url) as sillage:
            rows = sillage.predict(smiles)
        assert [row.input for row in rows] == smiles
        assert [row.input for row in rows.failed] == ["C1CC"]
        assert len(rows.good) == 999
        assert sorted(len(one.json()["smiles"]) for one in server.asked) == [232, 256, 256, 256]
        assert "model" not in server.asked[0].json()
        version = {"name": "olfactory-base", "version": "3"}
        assert [one.json()["model"] for one in server.asked[1:]] == [version] * 3
        assert rows.model.version == "3"


def test_requests_side_by_side_are_bounded() -> None:
    busy = 0
    most = 0
    lock = threading.Lock()
    together = threading.Barrier(3)

    def answer(asked: Asked, number: int) -> Answer:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        # The first goes alone; of the nine others three are in hand at a time.
        if number > 0:
            together.wait(10)
        with lock:
            busy -= 1
        return predicted(asked.json()["smiles"])

    with serving(answer) as server, Sillage(server.url, "k", at_once=3) as sillage:
        assert len(sillage.predict(["C"] * 2560)) == 2560
        assert most == 3


def test_what_was_refused_is_asked_again_after_the_time_it_says() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        if number == 0:
            return problem(429, "rate_limited", retry_after="0")
        if number == 1:
            return problem(503, "overloaded", retry_after="0")
        return predicted(asked.json()["smiles"])

    with serving(answer) as server, client(server.url) as sillage:
        assert sillage.predict("CCO").smiles == "CCO"
        assert len(server.asked) == 3


def test_a_wait_that_is_too_long_is_an_error_that_says_how_long() -> None:
    refused = problem(429, "quota_exceeded", retry_after="900000")
    with serving(lambda *_: refused) as server, client(server.url) as sillage:
        with pytest.raises(QuotaExceeded) as caught:
            sillage.predict("CCO")
        assert caught.value.retry_after_s == 900_000
        assert caught.value.request_id == "r-1"
        assert len(server.asked) == 1


def test_retries_end() -> None:
    with serving(lambda *_: problem(503, "unavailable")) as server, client(server.url) as sillage:
        with pytest.raises(Unavailable):
            sillage.predict("CCO")
        assert len(server.asked) == 4


def test_faults_of_the_caller_and_of_the_server_are_not_asked_again() -> None:
    for status, code, kind in [
        (400, "invalid_input", InvalidInput),
        (401, "unauthenticated", NotAuthenticated),
        (500, "internal", ServerFailed),
    ]:
        told = problem(status, code)
        with serving(lambda *_, told=told: told) as server, client(server.url) as sillage:
            with pytest.raises(kind):
                sillage.predict("CCO")
            assert len(server.asked) == 1


def test_what_may_have_been_done_is_not_done_twice() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        return Answer(200, b"{}" * 50, cut_after=3) if number == 0 else as_json({})

    with serving(answer) as server, client(server.url) as sillage:
        with pytest.raises(ConnectionFailed):
            sillage.keys.create(label="twice?")
        assert len(server.asked) == 1


def test_a_job_is_sent_again_under_the_same_idempotency_key() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        return Answer(202, b"{}" * 50, cut_after=3) if number == 0 else as_json(job(), 202)

    with serving(answer) as server, client(server.url) as sillage:
        assert sillage.jobs.predict(["CCO"], top_k=3).id == "job-1"
        first, second = server.asked
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert first.json() == {"kind": "predict", "input": {"smiles": ["CCO"], "top_k": 3}}


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with client(f"http://127.0.0.1:{port}") as sillage, pytest.raises(ConnectionFailed):
        sillage.models()


def test_a_server_that_is_silent_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Sillage(url, "k", timeout_s=0.05, max_retries=0) as sillage,
            pytest.raises(TimedOut),
        ):
            sillage.models()


def test_an_answer_that_is_not_ours() -> None:
    page = Answer(502, b"<html>bad gateway</html>")
    with serving(lambda *_: page) as server, client(server.url) as sillage:
        with pytest.raises(ServerFailed, match="bad gateway"):
            sillage.jobs.pause("job-1")
        assert len(server.asked) == 1


def event(kind: str, data: object, id: str | None = None) -> bytes:
    number = "" if id is None else f"id: {id}\n"
    return f"event: {kind}\n{number}data: {json.dumps(data)}\n\n".encode()


def test_events_go_on_where_they_broke_off() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        if number == 0:
            body = event("progress", job(), "1") + event("progress", job(done=2), "2")
            return Answer(200, body + b"event: pro" * 9, cut_after=len(body) + 5)
        return Answer(200, b": still here\n\n" + event("finished", job("succeeded", 2), "3"))

    with serving(answer) as server, client(server.url) as sillage:
        seen = [(one.type, one.id) for one in sillage.jobs.events("job-1")]
        assert seen == [("progress", "1"), ("progress", "2"), ("finished", "3")]
        assert "last-event-id" not in server.asked[0].headers
        assert server.asked[1].headers["last-event-id"] == "2"


def test_waiting_tells_progress_and_ends_with_the_job() -> None:
    body = event("progress", job(), "1") + event("finished", job("failed"), "2")
    seen: list[int] = []
    with serving(lambda *_: Answer(200, body)) as server, client(server.url) as sillage:
        ended = sillage.jobs.wait("job-1", on_progress=lambda now: seen.append(now.progress.done))
        assert ended.status == "failed"
        assert seen == [1, 1]


def test_waiting_has_an_end() -> None:
    with serving(lambda *_: Answer(200, event("progress", job(), "1"))) as server:
        patient = RetryPolicy(max_retries=1_000_000, first_wait_s=0.001, longest_wait_s=0.01)
        with Sillage(server.url, "k", retries=patient) as sillage, pytest.raises(TimedOut):
            sillage.jobs.wait("job-1", timeout_s=0.1)


ROWS = b"".join(
    json.dumps(
        {
            "index": n,
            "input": "C",
            "smiles": "C",
            "primary_notes": [],
            "notes": [],
            "cached": False,
        }
    ).encode()
    + b"\n"
    for n in range(200)
)


def ranged(whole: bytes, asked: Asked, tag: str) -> Answer:
    start = int(asked.headers["range"].removeprefix("bytes=").removesuffix("-"))
    return Answer(206, whole[start:], {"etag": tag})


def test_results_go_on_where_they_broke_off() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        if number < 2:
            base = Answer(200, ROWS, {"etag": '"a"'}) if number == 0 else ranged(ROWS, asked, '"a"')
            return Answer(base.status, base.body, base.headers, cut_after=5000)
        return ranged(ROWS, asked, '"a"')

    with serving(answer) as server, client(server.url) as sillage:
        assert [row.index for row in sillage.jobs.results("job-1")] == list(range(200))
        assert [one.headers.get("range") for one in server.asked] == [
            None,
            "bytes=5000-",
            "bytes=10000-",
        ]
        assert server.asked[1].headers["if-range"] == '"a"'


def test_results_that_grew_meanwhile_are_read_on() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        half = ROWS[: len(ROWS) // 2]
        return (
            Answer(200, half, {"etag": '"a"'}, cut_after=5000)
            if number == 0
            else Answer(200, ROWS, {"etag": '"b"'})
        )

    with serving(answer) as server, client(server.url) as sillage:
        assert [row.index for row in sillage.jobs.results("job-1")] == list(range(200))


def test_results_that_changed_are_not_mixed() -> None:
    def answer(asked: Asked, number: int) -> Answer:
        other = ROWS.replace(b'"input": "C"', b'"input": "N"')
        return (
            Answer(200, ROWS, {"etag": '"a"'}, cut_after=5000)
            if number == 0
            else Answer(200, other, {"etag": '"b"'})
        )

    with (
        serving(answer) as server,
        client(server.url) as sillage,
        pytest.raises(ResultsChanged),
    ):
        list(sillage.jobs.results("job-1"))


def test_a_download_is_what_the_name_says(tmp_path: Path) -> None:
    with serving(lambda *_: Answer(200, b"a,b\n")) as server, client(server.url) as sillage:
        path = sillage.jobs.download("job-1", tmp_path / "rows.csv")
        assert path.read_bytes() == b"a,b\n"
        assert server.asked[0].path == "/api/v1/jobs/job-1/results?format=csv"
        with pytest.raises(ValueError, match="must be one of"):
            sillage.jobs.download("job-1", tmp_path / "rows.xlsx")


def test_a_file_is_sent_as_what_it_is_and_anew_on_each_try(tmp_path: Path) -> None:
    path = tmp_path / "molecules.csv.gz"
    path.write_bytes(gzip.compress(b"id;smiles\n1;CCO\n"))

    def answer(asked: Asked, number: int) -> Answer:
        return problem(503, "unavailable") if number == 0 else as_json(job(), 202)

    with serving(answer) as server, client(server.url) as sillage:
        sillage.jobs.upload(path, column="smiles", top_k=3)
        with pytest.raises(FileNotFoundError):
            sillage.jobs.upload(tmp_path / "none.csv")
        first, second = server.asked
        assert gzip.decompress(second.body) == b"id;smiles\n1;CCO\n"
        assert first.body == second.body
        assert second.headers["content-type"] == "text/csv"
        assert second.headers["content-encoding"] == "gzip"
        assert second.path == "/api/v1/jobs?column=smiles&top_k=3"


def test_a_generation_as_it_is_made() -> None:
    molecule = {
        "smiles": "CCO",
        "valid": True,
        "novel": False,
        "match": 0.5,
        "notes": [],
        "molecular_weight": 46.1,
        "log_p": 0,
        "tpsa": 20.2,
        "synthetic_accessibility": 1.9,
        "safety": {"score": 1, "flags": []},
    }
    body = event("started", {}) + event("molecule", molecule) + event("finished", {})
    with serving(lambda *_: Answer(200, body)) as server, client(server.url) as sillage:
        events = list(sillage.generate_stream("vanilla", num_molecules=1))
        assert [one.type for one in events] == ["started", "molecule", "finished"]
        assert events[1].molecule is not None
        assert events[1].molecule.match == 0.5


def test_a_generation_that_fails_on_the_way() -> None:
    told = problem(503, "unavailable")
    body = event("started", {}) + event("error", json.loads(told.body))
    with (
        serving(lambda *_: Answer(200, body)) as server,
        client(server.url) as sillage,
        pytest.raises(Unavailable),
    ):
        list(sillage.generate_stream("vanilla"))


def test_keys_change_what_is_given_and_nothing_else() -> None:
    key: dict[str, object] = {
        "id": "k-1",
        "label": "",
        "prefix": "sk",
        "scopes": [],
        "address_ranges": [],
        "created_at": "",
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
        "replaces": None,
        "replaced_by": None,
    }
    with serving(lambda *_: as_json(key)) as server, client(server.url) as sillage:
        changed = sillage.keys.update("k-1", label="bench")
        sillage.keys.update(changed, expires_at="never")
        assert [one.json() for one in server.asked] == [{"label": "bench"}, {"expires_at": None}]


def test_the_client_for_asyncio_does_the_same() -> None:
    async def scenario(url: str) -> None:
        async with AsyncSillage(url, "k", retries=QUICK) as sillage:
            rows = await sillage.predict(["C"] * 600)
            assert len(rows) == 600
            assert (await sillage.predict("CCO")).smiles == "CCO"

    with serving(lambda asked, _: predicted(asked.json()["smiles"])) as server:
        asyncio.run(scenario(server.url))
        assert len(server.asked) == 4


def test_cancelling_lets_go_of_the_connection() -> None:
    async def scenario(url: str) -> None:
        async with AsyncSillage(url, "k") as sillage:
            task = asyncio.ensure_future(sillage.predict("CCO"))
            await asyncio.to_thread(arrived.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The connection is not one that a later request could find half used.
            assert (await sillage.predict("CCO")).smiles == "CCO"

    arrived = threading.Event()
    going_on = threading.Event()

    def answer(asked: Asked, number: int) -> Answer:
        if number == 0:
            arrived.set()
            going_on.wait(0.2)
        return predicted(asked.json()["smiles"])

    with serving(answer) as server:
        asyncio.run(scenario(server.url))
        going_on.set()
