"""What this package gives back beside the models of the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .models import Candidate, FailedRow, Job, ModelRef, Molecule, Prediction

if TYPE_CHECKING:
    from pandas import DataFrame


class Predictions(list["Prediction | FailedRow"]):
    """A row for each molecule, in the order they were given; all by the same model."""

    def __init__(self, rows: Iterable[Prediction | FailedRow], model: ModelRef) -> None:
        super().__init__(rows)
        self.model = model

    @property
    def good(self) -> list[Prediction]:
        """The rows of molecules that were predicted."""
        return [row for row in self if isinstance(row, Prediction)]

    @property
    def failed(self) -> list[FailedRow]:
        """The rows of molecules that could not be used, each with its error."""
        return [row for row in self if isinstance(row, FailedRow)]

    def to_frame(self) -> DataFrame:
        """As `sillage.frames.predictions_frame` makes it; needs `sillage[pandas]`."""
        from .frames import predictions_frame

        return predictions_frame(self)


@dataclass(frozen=True)
class JobEvent:
    """A change of a job."""

    type: str
    """`progress`, or `finished` for the last one."""
    job: Job
    id: str | None
    """Number of the change; None where the stream began with the job as it was."""


@dataclass(frozen=True)
class GenerateEvent:
    """What happened while molecules are made."""

    type: Literal["started", "progress", "molecule", "candidates", "finished"] | str
    data: dict[str, Any]
    """The event as it came."""
    molecule: Molecule | None = None
    """Of a `molecule` event."""
    candidates: list[Candidate] = field(default_factory=list)
    """Of a `candidates` event."""
