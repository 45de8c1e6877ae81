# Made from _async/research.py by scripts/unasync.py; not to be edited.
"""The research API: blends, the odour map, properties, safety, evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar

from .._values import ModelChoice, given
from ..inputs import EvaluateMolecule, MixtureComponent, SimilarFilter
from ..models import (
    EmbedResponse,
    EvaluateResponse,
    MapPoint,
    MapResponse,
    MixtureResponse,
    PlaceResponse,
    PropertiesResponse,
    SafetyResponse,
    SimilarResponse,
)
from ._transport import Transport

T = TypeVar("T")
_research = "/api/v1/research"


class Research:
    """Blends, the odour map, properties, safety and evaluation; needs the scope `research`.

    Alone a molecule that cannot be used raises InvalidInput, in a list it fails its own row.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _ask(self, form: type[T], path: str, body: dict[str, Any]) -> T:
        answer: T = self._transport.answer(form, "POST", path, json=body, is_repeatable=True)
        return answer

    def mixtures(
        self,
        components: Sequence[MixtureComponent],
        *,
        top_k: int | None = None,
        model: ModelChoice | None = None,
    ) -> MixtureResponse:
        """What does this blend smell of? 2 to 50 components, by parts of the liquid."""
        body = given(components=list(components), top_k=top_k, model=model)
        return self._ask(MixtureResponse, f"{_research}/mixtures", body)

    def embed(
        self,
        smiles: str | Sequence[str],
        *,
        encoding: Literal["float", "base64"] | None = None,
        model: ModelChoice | None = None,
    ) -> EmbedResponse:
        """Where on the odour map? Up to 256 molecules; near to each other they smell alike."""
        body = given(smiles=_listed(smiles), encoding=encoding, model=model)
        return self._ask(EmbedResponse, f"{_research}/embed", body)

    def similar(
        self,
        smiles: str | Sequence[str] | None = None,
        *,
        embedding: Sequence[float] | None = None,
        k: int | None = None,
        filter: SimilarFilter | None = None,
        model: ModelChoice | None = None,
    ) -> SimilarResponse:
        """Which known odorants are near? Of up to 64 molecules, or of one place on the map."""
        body = given(
            smiles=None if smiles is None else _listed(smiles),
            embedding=None if embedding is None else list(embedding),
            k=k,
            filter=filter,
            model=model,
        )
        return self._ask(SimilarResponse, f"{_research}/similar", body)

    def map(
        self,
        *,
        min_x: float | None = None,
        max_x: float | None = None,
        min_y: float | None = None,
        max_y: float | None = None,
        notes: Sequence[str] = (),
        named: bool | None = None,
        limit: int | None = None,
        offset: int | None = None,
        model: str | None = None,
        version: str | None = None,
    ) -> MapResponse:
        """A page of the odour map on a plane, by region and notes."""
        answer: MapResponse = self._transport.answer(
            MapResponse,
            "GET",
            f"{_research}/map",
            query=given(
                min_x=min_x,
                max_x=max_x,
                min_y=min_y,
                max_y=max_y,
                note=list(notes) or None,
                named=named,
                limit=limit,
                offset=offset,
                model=model,
                version=version,
            ),
        )
        return answer

    def each_on_map(
        self, *, notes: Sequence[str] = (), named: bool | None = None
    ) -> Iterator[MapPoint]:
        """Every known odorant with its place, page after page."""
        offset: int | None = 0
        while offset is not None:
            page = self.map(notes=notes, named=named, limit=5000, offset=offset)
            for point in page.points:
                yield point
            offset = page.next_offset

    def place(
        self, smiles: str | Sequence[str], *, model: ModelChoice | None = None
    ) -> PlaceResponse:
        """Where on the plane do these molecules go? Up to 64."""
        body = given(smiles=_listed(smiles), model=model)
        return self._ask(PlaceResponse, f"{_research}/map", body)

    def properties(self, smiles: str | Sequence[str]) -> PropertiesResponse:
        """Formula, weight, log P and others, of up to 256 molecules."""
        body = given(smiles=_listed(smiles))
        return self._ask(PropertiesResponse, f"{_research}/properties", body)

    def safety(self, smiles: str | Sequence[str]) -> SafetyResponse:
        """Which safety rules do they meet? Up to 256 molecules."""
        body = given(smiles=_listed(smiles))
        return self._ask(SafetyResponse, f"{_research}/safety", body)

    def evaluate(
        self,
        molecules: Sequence[EvaluateMolecule],
        *,
        notes: Sequence[str] | None = None,
        model: ModelChoice | None = None,
    ) -> EvaluateResponse:
        """How well does a model agree with your labels? Up to 5,000 molecules."""
        body = given(
            molecules=list(molecules), notes=None if notes is None else list(notes), model=model
        )
        return self._ask(EvaluateResponse, f"{_research}/evaluate", body)


def _listed(smiles: str | Sequence[str]) -> str | Sequence[str]:
    return smiles if isinstance(smiles, str) else list(smiles)
