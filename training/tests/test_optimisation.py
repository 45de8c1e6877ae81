"""Other forms of the shipped odour model answer nearly as it does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sillage_training.odour.data import MODEL_FOLDER
from sillage_training.odour.features import Featuriser, parse
from sillage_training.odour.runtime import run, session
from sillage_training.optimisation.report import Figures, batches, shipped
from sillage_training.optimisation.variants import VARIANTS


@pytest.fixture(scope="module")
def features():
    featuriser = Featuriser.load(MODEL_FOLDER / "features.json")
    golden = json.loads((MODEL_FOLDER / "golden.json").read_text())
    return [featuriser(parse(entry["smiles"])) for entry in golden["molecules"]]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_smaller_or_alike_and_answers_alike(name: str, features, tmp_path: Path) -> None:
    source, target = MODEL_FOLDER / "model.onnx", tmp_path / "variant.onnx"
    VARIANTS[name](source, target, batches(features, 16))
    expected = run(session(source), features)["probabilities"]
    answer = run(session(target), features)["probabilities"]
    change = np.abs(answer - expected)
    if name == "graph optimised":
        assert change.max() < 1e-5
    else:
        assert 0 < change.max() < 0.1
        assert target.stat().st_size < 0.6 * source.stat().st_size


def figures(auroc: float, ratio: float) -> Figures:
    return Figures(1, 1, auroc, 0, 0, 1, {1: 1.0, 32: 1.0}, ratio)


def test_a_form_is_shipped_for_speed_alone_when_it_is_as_right() -> None:
    base = {"float32": figures(0.9, 1)}
    assert shipped(base | {"int8": figures(0.8999, 1.2)}, 0.005) == "float32"
    assert shipped(base | {"int8": figures(0.8999, 1.3), "half": figures(0.89, 3)}, 0.005) == "int8"
