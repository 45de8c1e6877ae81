"""The shipped generator against its golden file: the same file that the service's sampler is held to."""

import json
from pathlib import Path

import numpy as np
import pytest

from sillage_training.generator.data import canonical, tokenise, usable, writings
from sillage_training.generator.evaluate import measure, read_known
from sillage_training.generator.grammar import Grammar, Writing
from sillage_training.generator.sample import Sampler

FOLDER = Path(__file__).resolve().parents[2] / "models" / "generator-baseline" / "1"


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return Sampler(FOLDER)


@pytest.fixture(scope="module")
def golden() -> dict:
    return json.loads((FOLDER / "golden.json").read_text())


def vector(sampler: Sampler, named: dict[str, float]) -> np.ndarray:
    return np.array([named.get(label, 0) for label in sampler.manifest["labels"]])


def test_steps_give_the_recorded_logits(sampler: Sampler, golden: dict) -> None:
    for case in golden["steps"]:
        gates = sampler.gates(vector(sampler, case["notes"]))[None]
        hidden = np.zeros((1, sampler.parameters["hidden"]), np.float32)
        for step in case["steps"]:
            logits, hidden = sampler.step(np.array([step["token"]], np.int32), hidden, gates)
            np.testing.assert_allclose(logits[0], step["logits"], atol=golden["tolerance"])


def test_seeded_samples_are_the_recorded_ones(sampler: Sampler, golden: dict) -> None:
    for trace in golden["traces"]:
        settings = {k: trace[k] for k in ("seed", "count", "batch", "temperature", "guidance")}
        drawn = sampler.sample(
            **settings, wanted=vector(sampler, trace["wanted"]), excluded=vector(sampler, trace["excluded"])
        )
        assert [{"row": s.row, "smiles": s.smiles, "complete": s.complete} for s in drawn] == trace["samples"]


def test_samples_are_mostly_valid(sampler: Sampler) -> None:
    """The full figure is `python -m sillage_training.generator.evaluate`; here 1,000 samples guard against a slip."""
    figures, distinct = measure(list(sampler.sample(1000, seed=1)), read_known(FOLDER))
    assert figures.valid >= 0.94
    assert len(distinct) > 600


def test_known_molecules_are_canonical(sampler: Sampler) -> None:
    known = sorted(read_known(FOLDER))
    assert all(canonical(smiles) == smiles for smiles in known[:: len(known) // 200])


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [("CCO", True), ("CC.O", False), ("[Na]C", False), ("C", False), ("O", False), ("C" * 61, False), ("C[CH2]", False)],
)
def test_usable(smiles: str, expected: bool) -> None:
    assert usable(smiles) is expected


def test_tokens_and_writings() -> None:
    assert tokenise("C[N+](Br)Cl%12c1") == ["C", "[N+]", "(", "Br", ")", "Cl", "%12", "c", "1"]
    forms = writings("COc1ccccc1", "rooted")
    assert len(forms) > 1
    assert {canonical(form) for form in forms} == {"COc1ccccc1"}


def test_the_grammar_allows_every_real_smiles(sampler: Sampler) -> None:
    p = sampler.parameters
    grammar = Grammar(sampler.tokens, p["endToken"], [p["padToken"], p["startToken"]])
    index = {token: i for i, token in enumerate(sampler.tokens)}
    for smiles in sorted(read_known(FOLDER))[::20]:
        tokens = tokenise(smiles)
        if not usable(smiles) or not index.keys() >= set(tokens):
            continue
        writing = Writing(grammar)
        for token in [*(index[t] for t in tokens), p["endToken"]]:
            assert writing.allowed()[token], smiles
            writing.append(token)
