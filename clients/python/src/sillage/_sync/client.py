# Made from _async/client.py by scripts/unasync.py; not to be edited.
"""The client itself: the three questions, and the parts of the API by name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, overload

import httpx

from .._events import EventParser
from .._results import GenerateEvent, Predictions
from .._retries import RetryPolicy
from .._values import ModelChoice, given, slices
from ..errors import MoleculeFailed, SillageError, problem_error
from ..inputs import Constraints
from ..models import (
    Candidate,
    FailedRow,
    GenerateResponse,
    Model,
    ModelList,
    ModelRef,
    Molecule,
    Prediction,
    PredictResponse,
)
from ._concurrency import map_bounded
from ._transport import Transport, parse
from .access import AccountApi, Admin, Keys, OAuth
from .jobs import Jobs
from .research import Research
from .sensors import Sensors
from .webhooks import Webhooks

#: Molecules of one request; longer lists are split.
MOLECULES_A_REQUEST = 256
#: A generation may take minutes.
_generate_timeout_s = 300.0

Include = Literal["embedding", "similar", "svg", "attribution"]
Worker = Literal["baseline", "optimized", "dit"]


class Sillage:
    """A connection to a Sillage fleet.

    `url` and `api_key` are taken from SILLAGE_URL (else http://127.0.0.1:8080) and
    SILLAGE_API_KEY where they are not given. `language`, such as "fr", brings a label beside each
    odour note and the titles of errors in it. `timeout_s` is how long an answer may take, and
    `at_once` how many requests a long list of molecules is sent in side by side.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        language: str | None = None,
        timeout_s: float = 60.0,
        max_retries: int | None = None,
        retries: RetryPolicy | None = None,
        at_once: int = 4,
        http_client: httpx.Client | None = None,
    ) -> None:
        if at_once < 1:
            raise ValueError("at_once must be at least 1")
        policy = retries or RetryPolicy()
        if max_retries is not None:
            policy = RetryPolicy(max_retries, policy.first_wait_s, policy.longest_wait_s)
        self._at_once = at_once
        self._transport = Transport(
            url=url or os.environ.get("SILLAGE_URL", "http://127.0.0.1:8080"),
            api_key=api_key or os.environ.get("SILLAGE_API_KEY"),
            language=language,
            timeout_s=timeout_s,
            retries=policy,
            http=http_client,
        )
        self.jobs = Jobs(self._transport)
        """Work on many molecules, its progress and its results."""
        self.sensors = Sensors(self._transport)
        """Electronic noses, their readings and what they are smelling."""
        self.research = Research(self._transport)
        """Blends, the odour map, properties, safety and evaluation."""
        self.webhooks = Webhooks(self._transport)
        """Who is told of the end of jobs."""
        self.keys = Keys(self._transport)
        """Keys of the tenant."""
        self.account = AccountApi(self._transport)
        """The caller's own tenant: usage, audit, consents, data."""
        self.oauth = OAuth(self._transport)
        """Clients that trade their credentials for short tokens."""
        self.admin = Admin(self._transport)
        """Other tenants, for who runs the fleet."""

    def __enter__(self) -> Sillage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends its connections. One that was given as `http_client` stays open."""
        self._transport.close()

    def models(self) -> list[Model]:
        """Models that are loaded and that the key may use, with what was measured of each."""
        answer: ModelList = self._transport.answer(ModelList, "GET", "/api/v1/models")
        return answer.models

    @overload
    def predict(  # type: ignore[overload-overlap]
        self,
        smiles: str,
        *,
        top_k: int | None = None,
        include: Sequence[Include] = (),
        similar_k: int | None = None,
        attribution_note: str | None = None,
        model: ModelChoice | None = None,
        timeout_s: float | None = None,
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        smiles: Sequence[str],
        *,
        top_k: int | None = None,
        include: Sequence[Include] = (),
        similar_k: int | None = None,
        attribution_note: str | None = None,
        model: ModelChoice | None = None,
        timeout_s: float | None = None,
    ) -> Predictions: ...

    def predict(
        self,
        smiles: str | Sequence[str],
        *,
        top_k: int | None = None,
        include: Sequence[Include] = (),
        similar_k: int | None = None,
        attribution_note: str | None = None,
        model: ModelChoice | None = None,
        timeout_s: float | None = None,
    ) -> Prediction | Predictions:
        """What does this molecule smell of?

        One SMILES gives its prediction, or raises InvalidInput where it cannot be read. A list of
        any length gives a row for each, in its order; a molecule that cannot be used fails its own
        row. Lists of more than 256 go in several requests, all to the same model: the first
        answer's, unless `model` names a version. For 10,000 and more a job is the better way.

        `top_k` (1-138, 5 unless said) is how many notes; `include` adds `embedding`, `similar`
        (`similar_k` nearest known odorants), `svg` and `attribution` (of `attribution_note`, else
        of the first note).
        """
        options = given(
            top_k=top_k,
            include=list(include) or None,
            similar_k=similar_k,
            attribution_note=attribution_note,
        )

        def ask(some: str | Sequence[str], of: ModelChoice | None) -> PredictResponse:
            body = {
                "smiles": some if isinstance(some, str) else list(some),
                **options,
                **given(model=of),
            }
            answer: PredictResponse = self._transport.answer(
                PredictResponse,
                "POST",
                "/api/v1/predict",
                json=body,
                is_repeatable=True,
                timeout_s=timeout_s,
            )
            return answer

        if isinstance(smiles, str):
            [row] = (ask(smiles, model)).predictions
            return only(row)
        if not smiles:
            return Predictions([], ModelRef(name="", version=""))
        first, *others = slices(smiles, MOLECULES_A_REQUEST)
        begun = ask(first, model)
        same: ModelChoice = {"name": begun.model.name, "version": begun.model.version}

        def ask_same(some: Sequence[str]) -> PredictResponse:
            return ask(some, same)

        rest = map_bounded(ask_same, others, self._at_once) if others else []
        return Predictions(
            [row for answer in (begun, *rest) for row in answer.predictions], begun.model
        )

    def generate(
        self,
        description: str,
        *,
        num_molecules: int = 10,
        worker: Worker | None = None,
        seed: int | None = None,
        constraints: Constraints | None = None,
        score: bool | None = None,
        language: str | None = None,
        timeout_s: float | None = None,
    ) -> GenerateResponse:
        """Which molecule would smell of this?

        The description may be in any of fifteen languages, such as "warm vanilla, slightly smoky,
        not floral". The same `seed` gives the same answer. `understood` of the answer says what the
        description came to.
        """
        answer: GenerateResponse = self._transport.answer(
            GenerateResponse,
            "POST",
            "/api/v1/generate",
            json=given(
                description=description,
                num_molecules=num_molecules,
                worker=worker,
                seed=seed,
                constraints=constraints,
                score=score,
                language=language,
            ),
            is_repeatable=True,
            timeout_s=timeout_s or _generate_timeout_s,
        )
        return answer

    def generate_stream(
        self,
        description: str,
        *,
        num_molecules: int = 10,
        worker: Worker | None = None,
        seed: int | None = None,
        constraints: Constraints | None = None,
        score: bool | None = None,
        language: str | None = None,
        timeout_s: float | None = None,
    ) -> Iterator[GenerateEvent]:
        """The same, as it is made: events `started`, `progress`, `molecule`, `finished`."""
        body = given(
            description=description,
            num_molecules=num_molecules,
            worker=worker,
            seed=seed,
            constraints=constraints,
            score=score,
            language=language,
        )
        parser = EventParser()
        with self._transport.stream(
            "POST",
            "/api/v1/generate",
            json=body,
            headers={"accept": "text/event-stream"},
            is_repeatable=True,
            timeout_s=timeout_s or _generate_timeout_s,
        ) as response:
            for line in response.iter_lines():
                event = parser.feed(line)
                if event is None:
                    continue
                data: dict[str, Any] = json.loads(event.data)
                if event.type == "error":
                    raise problem_error(int(data.get("status", 500)), data)
                yield GenerateEvent(
                    event.type,
                    data,
                    molecule=parse(Molecule, event.data) if event.type == "molecule" else None,
                    candidates=[Candidate.model_validate(one) for one in data["molecules"]]
                    if event.type == "candidates"
                    else [],
                )
                if event.type == "finished":
                    return
        raise SillageError("the generation broke off before its last event")


def only(row: Prediction | FailedRow) -> Prediction:
    """The prediction of a single molecule. Raises MoleculeFailed for a row that is an error."""
    if isinstance(row, Prediction):
        return row
    error = row.error
    raise MoleculeFailed(error.detail, code=error.code, input=row.input, position=error.position)
