"""Answers as pandas DataFrames; needs `sillage[pandas]`.

The columns are those of the API, so that what the API guide says of a field holds here as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .models import (
    Candidate,
    FailedRow,
    MapPoint,
    Molecule,
    OdourNote,
    Prediction,
    Reading,
    ResultLine,
)

if TYPE_CHECKING:
    from pandas import DataFrame, Series

_numbers = ("intensity", "pleasantness", "detection_threshold", "odorous", "confidence")


def predictions_frame(rows: Iterable[Prediction | FailedRow | ResultLine]) -> DataFrame:
    """A row for each molecule, in the order given.

    `smiles` (canonical), `note_1`, `probability_1` and so on for as many notes as were asked for,
    the numbers of the prediction, and `error`, which says why a molecule could not be used.
    """
    import pandas

    return pandas.DataFrame([_prediction_row(row) for row in rows])


def notes_frame(rows: Iterable[Prediction | FailedRow | ResultLine]) -> DataFrame:
    """A row for each molecule and a column for each note that any of them has among its notes.

    The values are probabilities; what is not among a molecule's notes is NaN: ask with `top_k=138`
    for all.
    """
    import pandas

    table = []
    names = []
    for row in rows:
        notes: Sequence[OdourNote] = getattr(row, "notes", None) or []
        table.append({note.note: note.probability for note in notes})
        names.append(getattr(row, "input", None) or getattr(row, "smiles", ""))
    return pandas.DataFrame(table, index=pandas.Index(names, name="input"))


def predict_column(client: Any, smiles: Series[Any], **options: Any) -> DataFrame:
    """Predicts a column of SMILES: a row for each, on the index of the column.

    Empty cells are rows with an error. `options` are those of `Sillage.predict`.

        frame.join(predict_column(client, frame["smiles"]))
    """
    import pandas

    texts = ["" if pandas.isna(one) else str(one) for one in smiles]
    frame = predictions_frame(client.predict(texts, **options))
    frame.index = smiles.index
    return frame.drop(columns="input").rename(columns={"smiles": "canonical_smiles"})


def results_frame(rows: Iterable[ResultLine | Molecule | Candidate]) -> DataFrame:
    """Rows of a job's results, or molecules of a generation, by the job's kind."""
    import pandas

    lines = list(rows)
    if any(hasattr(line, "input") for line in lines):
        frame = predictions_frame(lines)  # type: ignore[arg-type]
        for name in ("index", "line"):
            values = [getattr(line, name, None) for line in lines]
            if any(value is not None for value in values):
                frame.insert(0, name, values)
        return frame
    return pandas.DataFrame([_molecule_row(line) for line in lines])


def readings_frame(readings: Iterable[Reading]) -> DataFrame:
    """A row for each reading on an index of time (UTC), a column for each channel."""
    import pandas

    rows = list(readings)
    index = pandas.to_datetime([row.t for row in rows], utc=True, format="ISO8601")
    return pandas.DataFrame([row.channels for row in rows], index=index.rename("t"), dtype=float)


def map_frame(points: Iterable[MapPoint]) -> DataFrame:
    """Known odorants with their places on the plane."""
    import pandas

    return pandas.DataFrame([point.model_dump() for point in points])


def _prediction_row(row: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"input": row.input, "smiles": getattr(row, "smiles", None)}
    notes: Sequence[OdourNote] = getattr(row, "notes", None) or []
    for place, note in enumerate(notes, 1):
        out[f"note_{place}"] = note.note
        out[f"probability_{place}"] = note.probability
    for name in _numbers:
        value = getattr(row, name, None)
        if value is not None:
            out[name] = value
    error = getattr(row, "error", None)
    out["error"] = error.detail if error is not None else None
    return out


def _molecule_row(row: Any) -> dict[str, Any]:
    out = {
        name: value
        for name, value in row.model_dump(exclude_none=True).items()
        if not isinstance(value, (list, dict))
    }
    for place, note in enumerate(getattr(row, "notes", None) or [], 1):
        out[f"note_{place}"] = note.note
        out[f"probability_{place}"] = note.probability
    safety = getattr(row, "safety", None)
    if safety is not None:
        out["safety_score"] = safety.score
        out["safety_flags"] = "; ".join(flag.rule for flag in safety.flags)
    return out
