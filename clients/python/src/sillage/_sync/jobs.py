# Made from _async/jobs.py by scripts/unasync.py; not to be edited.
"""Batch jobs: made, followed, read."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias

import httpx

from .._events import EventParser
from .._results import JobEvent
from .._values import ModelChoice, given, path_of
from ..errors import ConnectionFailed, ResultsChanged, TimedOut
from ..inputs import Constraints, CreateJobWebhook
from ..models import Job, JobList, ResultLine, WebhookDelivery, WebhookDeliveryList
from ._concurrency import file_chunks, sleep
from ._transport import Transport, connection_error, parse

ResultFormat = Literal["ndjson", "csv", "sdf", "parquet"]
JobRef: TypeAlias = "Job | str"
"""A job, or its id."""

FINAL = frozenset({"succeeded", "failed", "cancelled"})
_jobs = "/api/v1/jobs"
_job = "/api/v1/jobs/{id}"
_types = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".smi": "chemical/x-daylight-smiles",
    ".smiles": "chemical/x-daylight-smiles",
    ".txt": "chemical/x-daylight-smiles",
}
#: The server says that it is still there every 15 s.
_silence_s = 60.0


class Jobs:
    """Work on many molecules, its progress and its results."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def predict(
        self,
        smiles: Sequence[str],
        *,
        top_k: int | None = None,
        model: ModelChoice | None = None,
        webhook: CreateJobWebhook | None = None,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Begins to predict up to 100,000 molecules; `upload` takes more.

        Sending it again cannot make a second job: with an `idempotency_key` of yours this holds
        for 24 hours and over restarts of your program, else for the retries of this one call.
        """
        return self._create(
            "predict",
            given(smiles=list(smiles), top_k=top_k, model=model),
            given(webhook=webhook, deadline_s=deadline_s),
            idempotency_key,
        )

    def generate(
        self,
        description: str,
        *,
        num_molecules: int,
        worker: Literal["baseline", "optimized", "dit"] | None = None,
        seed: int | None = None,
        constraints: Constraints | None = None,
        score: bool | None = None,
        language: str | None = None,
        webhook: CreateJobWebhook | None = None,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Begins to make up to 10,000 molecules for a description."""
        asked = given(
            description=description,
            num_molecules=num_molecules,
            worker=worker,
            seed=seed,
            constraints=constraints,
            score=score,
            language=language,
        )
        options = given(webhook=webhook, deadline_s=deadline_s)
        return self._create("generate", asked, options, idempotency_key)

    def _create(
        self, kind: str, asked: dict[str, Any], options: dict[str, Any], key: str | None
    ) -> Job:
        job: Job = self._transport.answer(
            Job,
            "POST",
            _jobs,
            json={"kind": kind, "input": asked, **options},
            headers={"idempotency-key": key or str(uuid.uuid4())},
        )
        return job

    def upload(
        self,
        file: str | Path | bytes,
        *,
        content_type: str | None = None,
        column: str | int | None = None,
        top_k: int | None = None,
        model: str | None = None,
        model_version: str | None = None,
        webhook_url: str | None = None,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
        timeout_s: float = 600.0,
    ) -> Job:
        """Begins to predict the molecules of a file: CSV, or SMILES, one a line.

        `file` is a path, or the bytes themselves. What it holds is told by its name (.csv, .tsv,
        .smi; .gz after it), or by `content_type`. `column` names the one with the SMILES, or is its
        number from 1. `input_report` of the job says how the file was read.
        """
        path = None if isinstance(file, bytes) else Path(file)
        suffixes = [] if path is None else [suffix.lower() for suffix in path.suffixes]
        is_packed = suffixes[-1:] == [".gz"]
        named = suffixes[-2:-1] if is_packed else suffixes[-1:]
        kind = content_type or _types.get(named[0] if named else "", "text/csv")

        # A stream is read once: each try begins the file anew.
        def body() -> bytes | Iterator[bytes]:
            return file if isinstance(file, bytes) else file_chunks(Path(file))

        if path is not None and not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        job: Job = self._transport.answer(
            Job,
            "POST",
            _jobs,
            make_body=body,
            query=given(
                column=column,
                top_k=top_k,
                model=model,
                model_version=model_version,
                webhook_url=webhook_url,
                deadline_s=deadline_s,
            ),
            headers={
                "content-type": kind,
                "idempotency-key": idempotency_key or str(uuid.uuid4()),
                **({"content-encoding": "gzip"} if is_packed else {}),
            },
            timeout_s=timeout_s,
        )
        return job

    def get(self, job: JobRef) -> Job:
        """The job as it is now."""
        now: Job = self._transport.answer(Job, "GET", path_of(_job, id=job))
        return now

    def list(
        self,
        *,
        limit: int | None = None,
        before: str | None = None,
        status: str | None = None,
    ) -> JobList:
        """A page of jobs, newest first; `next` is the `before` of the following one."""
        page: JobList = self._transport.answer(
            JobList, "GET", _jobs, query=given(limit=limit, before=before, status=status)
        )
        return page

    def each(self) -> Iterator[Job]:
        """Every job, newest first, page after page."""
        before: str | None = None
        while True:
            page = self.list(limit=100, before=before)
            for job in page.jobs:
                yield job
            before = page.next
            if before is None:
                return

    def events(
        self, job: JobRef, *, last_event_id: str | None = None
    ) -> Iterator[JobEvent]:
        """Each change of a job, to its end. A line that breaks is taken up where it stopped."""
        for event in self._follow(job, last_event_id, None):
            yield event

    def wait(
        self,
        job: JobRef,
        *,
        timeout_s: float | None = None,
        on_progress: Callable[[Job], None] | None = None,
    ) -> Job:
        """The job when it has ended, however it ended: look at its `status`.

        `on_progress` is called with the job at each change. Raises TimedOut after `timeout_s`; the
        job goes on.
        """
        for event in self._follow(job, None, timeout_s):
            if on_progress is not None:
                on_progress(event.job)
            if event.type == "finished" or event.job.status in FINAL:
                return event.job
        return self.get(job)

    def _follow(
        self, job: JobRef, last: str | None, within_s: float | None
    ) -> Iterator[JobEvent]:
        until = None if within_s is None else time.monotonic() + within_s
        failed = 0
        while True:
            headers = {"accept": "text/event-stream"}
            if last is not None:
                headers["last-event-id"] = last
            parser = EventParser()
            lost: Exception | None = None
            try:
                with self._transport.stream(
                    "GET",
                    path_of(f"{_job}/events", id=job),
                    headers=headers,
                    timeout_s=min(_silence_s, left_s(until)),
                ) as response:
                    for line in response.iter_lines():
                        event = parser.feed(line)
                        if event is not None:
                            failed = 0
                            last = event.id or last
                            yield JobEvent(event.type, parse(Job, event.data), event.id)
                            if event.type == "finished":
                                return
                        left_s(until)
            except httpx.TransportError as error:
                lost = error
            # Broken, or closed by a gateway that stops: on from the last event that was seen.
            left_s(until)
            failed += 1
            wait_s = self._transport.retries.wait_s(failed, None)
            if wait_s is None:
                raise ConnectionFailed("the events of the job broke off again and again") from lost
            sleep(wait_s)

    def results(self, job: JobRef) -> Iterator[ResultLine]:
        """The rows, in the order of the input, one after another as they arrive.

        A row of a prediction has `notes`, or `error` where the molecule could not be used; a row
        of a generation is a molecule. Before the job has ended, the rows of finished chunks.
        """
        rest = b""
        for chunk in self._bytes(job, "ndjson"):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    row: ResultLine = parse(ResultLine, line)
                    yield row
        if rest.strip():
            last: ResultLine = parse(ResultLine, rest)
            yield last

    def download(
        self, job: JobRef, file: str | Path, *, format: ResultFormat | None = None
    ) -> Path:
        """Writes the results to a file: `format`, or what its name ends in."""
        path = Path(file)
        named = path.suffix.lower().lstrip(".")
        wanted = format or {"jsonl": "ndjson", "sd": "sdf"}.get(named, named)
        if wanted not in ("ndjson", "csv", "sdf", "parquet"):
            raise ValueError("format must be one of ndjson, csv, sdf, parquet")
        with path.open("wb") as out:
            for chunk in self._bytes(job, wanted):
                out.write(chunk)
        return path

    def _bytes(self, job: JobRef, format: str) -> Iterator[bytes]:
        """The bytes of the results; what broke off goes on with a range."""
        got = 0
        read = sha256()
        tag: str | None = None
        failed = 0
        while True:
            # A range counts the bytes as they are.
            headers = {"accept": "*/*", "accept-encoding": "identity"}
            if got > 0 and tag is not None:
                headers |= {"range": f"bytes={got}-", "if-range": tag}
            try:
                with self._transport.stream(
                    "GET",
                    path_of(f"{_job}/results", id=job),
                    query={"format": format},
                    headers=headers,
                ) as response:
                    # All of it once more, for there is more of it now: what was read is passed
                    # over, and must be what it was.
                    known = got if response.status_code != 206 else 0
                    again = sha256()
                    tag = response.headers.get("etag")
                    for chunk in response.iter_raw():
                        failed = 0
                        old, new = chunk[:known], chunk[known:]
                        again.update(old)
                        known -= len(old)
                        if old and known == 0 and again.digest() != read.digest():
                            raise ResultsChanged(f"what the first {got} bytes held has changed")
                        if new:
                            read.update(new)
                            got += len(new)
                            yield new
                    if known > 0:
                        raise ResultsChanged(f"there are less than the {got} bytes that were read")
                    return
            except httpx.TransportError as error:
                failed += 1
                wait_s = self._transport.retries.wait_s(failed, None)
                if wait_s is None:
                    raise connection_error(error, self._transport.url) from error
                sleep(wait_s)

    def pause(self, job: JobRef) -> Job:
        """Begins no more of it; what is in hand is finished."""
        return self._change(job, "/pause")

    def resume(self, job: JobRef) -> Job:
        """Goes on with a job that is paused or was cancelled."""
        return self._change(job, "/resume")

    def retry(self, job: JobRef) -> Job:
        """Tries again what failed; rows that went well are not touched."""
        return self._change(job, "/retry")

    def _change(self, job: JobRef, what: str) -> Job:
        changed: Job = self._transport.answer(Job, "POST", path_of(_job + what, id=job))
        return changed

    def cancel(self, job: JobRef) -> Job:
        """Stops what is not finished; rows already made stay readable."""
        changed: Job = self._transport.answer(Job, "DELETE", path_of(_job, id=job))
        return changed

    def deliveries(self, job: JobRef) -> Sequence[WebhookDelivery]:
        """What was told of the job, to its own webhook and to those of the account."""
        page: WebhookDeliveryList = self._transport.answer(
            WebhookDeliveryList, "GET", path_of(f"{_job}/deliveries", id=job)
        )
        return page.deliveries


def left_s(until: float | None) -> float:
    """Seconds until a moment of the monotonic clock. Raises TimedOut when it has passed."""
    if until is None:
        return float("inf")
    left = until - time.monotonic()
    if left <= 0:
        raise TimedOut("the job has not ended in the time given; it goes on")
    return left
