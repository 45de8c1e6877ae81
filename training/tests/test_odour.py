"""The shipped odour models against their golden files, and the odour metrics against small cases."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import yaml

from sillage_training.odour.calibration import calibrate, cross_calibrated, fit_lines
from sillage_training.odour.confidence import confidence
from sillage_training.odour.evidence import EVIDENCE, load_evidence, save_evidence, served_logits
from sillage_training.odour.data import BASE_FOLDER, EARLIER_FOLDER, FAST_FOLDER, MODEL_FOLDER
from sillage_training.odour.evaluate import FAMILIAR
from sillage_training.odour.features import CLIP, GLOBALS, Featuriser, canonical, parse
from sillage_training.odour.metrics import calibration_error, fold_aurocs, hit_rate, macro_auroc
from sillage_training.odour.runtime import Batch, run, session


@dataclass(frozen=True)
class Model:
    manifest: dict[str, Any]
    golden: dict[str, Any]
    featuriser: Featuriser
    session: onnxruntime.InferenceSession


@pytest.fixture(scope="module", params=[MODEL_FOLDER, EARLIER_FOLDER, BASE_FOLDER, FAST_FOLDER], ids=lambda f: f"{f.parent.name}-{f.name}")
def model(request: pytest.FixtureRequest) -> Model:
    folder: Path = request.param
    packed = folder / "golden.json.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "golden.json").read_bytes()
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    featuriser = Featuriser.load(folder / "features.json")
    return Model(manifest, json.loads(text), featuriser, session(folder / "model.onnx"))


def environment(model: Model, expected: list[float]) -> np.ndarray:
    """The golden file of version 1 has every number, later ones what differs from a molecule without environments."""
    if len(expected) == model.featuriser.width:
        return np.array(expected)
    out = np.clip(-model.featuriser.mean / model.featuriser.std, -CLIP, CLIP)
    out[np.array(expected[::2], dtype=int)] = expected[1::2]
    return out


def test_features_and_outputs_are_golden(model) -> None:
    molecules = model.golden["molecules"]
    features = []
    for entry in molecules:
        graph = parse(entry["smiles"])
        assert graph is not None
        assert graph.to_json() == entry["graph"], entry["smiles"]
        f = model.featuriser(graph)
        expected = entry["features"]
        assert f.atoms.ravel().tolist() == expected["atoms"]
        assert f.relation.ravel().tolist() == expected["relation"]
        np.testing.assert_allclose(f.environment, environment(model, expected["environment"]), atol=2e-6)
        assert f.known_fraction == pytest.approx(expected["knownFraction"], abs=1e-6)
        features.append(f)
    # Together: what a molecule smells of does not depend on those it travels with.
    got = run(model.session, features)
    for name in molecules[0]["outputs"]:
        want = np.array([m["outputs"][name] for m in molecules])
        slack = 1 if name == "probabilities" else 10
        np.testing.assert_allclose(got[name], want, atol=slack * model.golden["tolerance"], err_msg=name)


def test_the_golden_file_is_large_enough() -> None:
    golden = json.loads(gzip.decompress((BASE_FOLDER / "golden.json.gz").read_bytes()))
    assert len(golden["molecules"]) >= 500 and golden["tolerance"] <= 1e-5


def test_manifest_describes_the_files(model) -> None:
    kinds = {"INT32": "tensor(int32)", "UINT8": "tensor(uint8)", "FP32": "tensor(float)"}
    manifest = model.manifest
    pairs = ((manifest["inputs"], model.session.get_inputs()), (manifest["outputs"], model.session.get_outputs()))
    for declared, actual in pairs:
        assert [d["name"] for d in declared] == [a.name for a in actual]
        for d, a in zip(declared, actual, strict=True):
            assert kinds[d["datatype"]] == a.type
            assert len(d["shape"]) == len(a.shape)
    assert manifest["inputs"][-1]["shape"] == [-1, model.featuriser.width]
    answer = run(model.session, [model.featuriser(parse("CCO"))])
    assert answer["probabilities"].shape == (1, len(manifest["labels"]))
    for d in manifest["outputs"]:
        assert list(answer[d["name"]].shape[1:]) == d["shape"][1:]


@pytest.mark.parametrize("name", FAMILIAR)
def test_familiar_molecules_have_their_note(name, model) -> None:
    smiles, expected = FAMILIAR[name]
    p = run(model.session, [model.featuriser(parse(smiles))])["probabilities"][0]
    first = {model.manifest["labels"][j] for j in np.argsort(-p)[:5]}
    assert first & set(expected)


def test_outputs_stay_in_range_for_a_large_salt_of_strange_elements(model) -> None:
    graph = parse("[U].[Na+].[Cl-]." + "C" * 120)
    out = run(model.session, [model.featuriser(graph)])
    for name in ("probabilities", "odorous"):
        assert np.all((out[name] >= 0) & (out[name] <= 1))
    for name in ("intensity", "pleasantness"):
        assert np.all((out[name] >= 0) & (out[name] <= 10))


def test_padding_is_zero_in_the_datatypes_of_the_manifest(model) -> None:
    featuriser = model.featuriser
    batch = Batch.of([featuriser(parse("O")), featuriser(parse("CCCC"))])
    assert batch.atoms.dtype == np.int32 and batch.relation.dtype == np.uint8
    assert not batch.atoms[0, 1:].any() and not batch.relation[0, 1:].any() and not batch.relation[0, :, 1:].any()


def test_features_do_not_depend_on_the_way_a_molecule_is_written(model) -> None:
    featuriser = model.featuriser
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


def test_calibration_draws_notes_to_their_rates_and_never_learns_from_what_it_judges() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(-2, 1.5, (4000, 3))
    labels = (rng.random(truth.shape) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    said = 0.5 * truth + np.array([0.0, 1.0, -1.0])
    lines = fit_lines(said, labels)
    assert calibration_error(labels, calibrate(said, lines)) < 0.02 < calibration_error(labels, 1 / (1 + np.exp(-said)))
    np.testing.assert_allclose(calibrate(said, lines).mean(0), labels.mean(0), atol=0.02)
    fold = np.arange(4000) % 2
    before = cross_calibrated(said, labels, fold)
    changed = labels.copy()
    changed[fold == 0] = 1 - changed[fold == 0]
    after = cross_calibrated(said, changed, fold)
    np.testing.assert_array_equal(before[fold == 0], after[fold == 0])
    assert np.abs(before[fold == 1] - after[fold == 1]).max() > 0.1


def test_evidence_is_kept_to_its_step_with_what_is_missing(tmp_path) -> None:
    logits = np.random.default_rng(0).normal(-3, 2, (6, 4)).astype(np.float32)
    partly = logits.copy()
    partly[:2] = np.nan
    save_evidence(tmp_path / "e.npz", {"mlp": logits, "transformer": partly})
    back = load_evidence(tmp_path / "e.npz")
    np.testing.assert_allclose(back["mlp"], logits, atol=0.0101)
    np.testing.assert_array_equal(np.isnan(back["transformer"]), np.isnan(partly))
    both = served_logits(["transformer", "mlp"], back)
    np.testing.assert_allclose(both[2:], logits[2:], atol=0.0101)
    assert np.isnan(both[:2]).all()


def test_the_evidence_covers_every_labelled_molecule() -> None:
    evidence = load_evidence(EVIDENCE)
    assert {v.shape for v in evidence.values()} == {(4472, 138)}
    assert not any(np.isnan(evidence[kind]).any() for kind in ("transformer", "mlp", "near"))


def test_aurocs_are_taken_within_folds() -> None:
    y = np.array([[1], [0], [1], [0]], dtype=np.float32)
    scores = np.array([[0.2], [0.1], [0.9], [0.8]])
    assert fold_aurocs(y, scores, np.array([0, 0, 1, 1])) == [1.0, 1.0]
    assert macro_auroc(y, scores) == 0.75
    assert macro_auroc(y, np.zeros((4, 1))) == 0.5
