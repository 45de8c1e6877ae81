"""Answers as DataFrames."""

from __future__ import annotations

import pytest

from sillage import Sillage
from sillage.models import Reading

from .local_server import predicted, serving

pandas = pytest.importorskip("pandas")

from sillage import frames  # noqa: E402


def test_a_column_becomes_a_frame_on_the_same_index() -> None:
    table = pandas.DataFrame({"smiles": ["CCO", None, "C1CC"]}, index=["a", "b", "c"])
    with serving(lambda asked, _: predicted(asked.json()["smiles"])) as server:
        with Sillage(server.url, "k") as client:
            notes = frames.predict_column(client, table["smiles"], top_k=1)
        assert server.asked[0].json()["smiles"] == ["CCO", "", "C1CC"]
    whole = table.join(notes)
    assert list(whole.loc["a", ["note_1", "probability_1"]]) == ["vanilla", 0.9]
    assert whole.loc["c", "error"] == "ring 1 is never closed"
    assert pandas.isna(whole.loc["a", "error"])


def test_notes_by_column() -> None:
    with serving(lambda asked, _: predicted(asked.json()["smiles"])) as server:
        with Sillage(server.url, "k") as client:
            table = frames.notes_frame(client.predict(["CCO", "C1CC"]))
    assert table.loc["CCO", "vanilla"] == 0.9
    assert pandas.isna(table.loc["C1CC", "vanilla"])


def test_readings_on_an_index_of_time() -> None:
    readings = [
        Reading(t="2026-11-21T10:00:00Z", channels={"NO2": 216, "VOC": None}),
        Reading(t="2026-11-21T10:00:00.500Z", channels={"NO2": 217}),
    ]
    table = frames.readings_frame(readings)
    assert str(pandas.DatetimeIndex(table.index).tz) == "UTC"
    assert list(table["NO2"]) == [216, 217]
    assert table["VOC"].isna().all()
