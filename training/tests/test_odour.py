"""The shipped olfactory-base against its golden file, and the odour metrics against small cases."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from sillage_training.odour.confidence import confidence
from sillage_training.odour.data import MODEL_FOLDER
from sillage_training.odour.evaluate import FAMILIAR
from sillage_training.odour.runtime import OUTPUTS, Batch, run, session
from sillage_training.odour.features import GLOBALS, Featuriser, canonical, parse
from sillage_training.odour.metrics import calibration_error, hit_rate, macro_auroc

MANIFEST = yaml.safe_load((MODEL_FOLDER / "manifest.yaml").read_text())
GOLDEN = json.loads((MODEL_FOLDER / "golden.json").read_text())


@pytest.fixture(scope="module")
def featuriser() -> Featuriser:
    return Featuriser.load(MODEL_FOLDER / "features.json")


@pytest.fixture(scope="module")
def model():
    return session(MODEL_FOLDER / "model.onnx")


@pytest.mark.parametrize("entry", GOLDEN["molecules"], ids=lambda e: e["smiles"])
def test_features_and_outputs_are_golden(entry, featuriser, model) -> None:
    graph = parse(entry["smiles"])
    assert graph is not None
    assert graph.to_json() == entry["graph"]
    features = featuriser(graph)
    expected = entry["features"]
    assert features.atoms.ravel().tolist() == expected["atoms"]
    assert features.relation.ravel().tolist() == expected["relation"]
    np.testing.assert_allclose(features.environment, expected["environment"], atol=2e-6)
    assert features.known_fraction == pytest.approx(expected["knownFraction"], abs=1e-6)
    for name, value in run(model, [features]).items():
        np.testing.assert_allclose(value.ravel(), entry["outputs"][name], atol=GOLDEN["tolerance"])


def test_batch_does_not_change_an_answer(featuriser, model) -> None:
    features = [featuriser(parse(e["smiles"])) for e in GOLDEN["molecules"]]
    together = run(model, features, batch=len(features))["probabilities"]
    expected = np.array([e["outputs"]["probabilities"] for e in GOLDEN["molecules"]])
    np.testing.assert_allclose(together, expected, atol=GOLDEN["tolerance"])


def test_manifest_describes_the_files(featuriser, model) -> None:
    kinds = {"INT32": "tensor(int32)", "UINT8": "tensor(uint8)", "FP32": "tensor(float)"}
    for declared, actual in ((MANIFEST["inputs"], model.get_inputs()), (MANIFEST["outputs"], model.get_outputs())):
        assert [d["name"] for d in declared] == [a.name for a in actual]
        for d, a in zip(declared, actual, strict=True):
            assert kinds[d["datatype"]] == a.type
            assert len(d["shape"]) == len(a.shape)
    assert MANIFEST["inputs"][2]["shape"] == [-1, featuriser.width]
    answer = run(model, [featuriser(parse("CCO"))])
    assert answer["probabilities"].shape == (1, len(MANIFEST["labels"]))
    for d in MANIFEST["outputs"]:
        assert list(answer[d["name"]].shape[1:]) == d["shape"][1:]
    assert tuple(d["name"] for d in MANIFEST["outputs"]) == OUTPUTS


@pytest.mark.parametrize("name", FAMILIAR)
def test_familiar_molecules_have_their_note(name, featuriser, model) -> None:
    smiles, expected = FAMILIAR[name]
    p = run(model, [featuriser(parse(smiles))])["probabilities"][0]
    first = {MANIFEST["labels"][j] for j in np.argsort(-p)[:5]}
    assert first & set(expected)


def test_outputs_stay_in_range_for_a_large_salt_of_strange_elements(featuriser, model) -> None:
    graph = parse("[U].[Na+].[Cl-]." + "C" * 120)
    out = run(model, [featuriser(graph)])
    for name in ("probabilities", "odorous"):
        assert np.all((out[name] >= 0) & (out[name] <= 1))
    for name in ("intensity", "pleasantness"):
        assert np.all((out[name] >= 0) & (out[name] <= 10))


def test_padding_is_zero_in_the_datatypes_of_the_manifest(featuriser) -> None:
    batch = Batch.of([featuriser(parse("O")), featuriser(parse("CCCC"))])
    assert batch.atoms.dtype == np.int32 and batch.relation.dtype == np.uint8
    assert not batch.atoms[0, 1:].any() and not batch.relation[0, 1:].any() and not batch.relation[0, :, 1:].any()


def test_features_do_not_depend_on_the_way_a_molecule_is_written(featuriser) -> None:
    a, b = featuriser(parse("OC(=O)Cc1ccccc1")), featuriser(parse("c1ccccc1CC(O)=O"))
    np.testing.assert_array_equal(a.environment, b.environment)
    assert len(featuriser.spec["globals"]) == len(GLOBALS)
    assert canonical("C[C@H](O)F") == canonical("C[C@@H](O)F")


def test_metrics() -> None:
    y = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
    assert macro_auroc(y, y) == 1.0, "a note without positives is left out"
    assert calibration_error(y, y) == 0.0
    assert calibration_error(np.zeros((10, 1)), np.full((10, 1), 0.4)) == pytest.approx(0.4)
    assert hit_rate(y, np.array([[0.9, 0, 0]] * 4)).tolist() == [True, False, True, False]
    c = confidence(np.array([[0.2, 0.7]]), np.array([0.5]), 0.0, 1.0)
    assert c[0] == pytest.approx(0.35)
