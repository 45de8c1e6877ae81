"""The shipped generators against their golden files: the same that the service's samplers are held to."""

import json
from pathlib import Path

import numpy as np
import pytest

from sillage_training.generator.data import canonical, tokenise, usable, writings
from sillage_training.generator.evaluate import figures_of, molecules_of
from sillage_training.generator.folders import MODELS, open_sampler, read_known
from sillage_training.generator.grammar import Grammar, Writing, valence_of
from sillage_training.generator.sample import Sampler
from sillage_training.generator.selfies_text import decode

RECURRENT = [MODELS / "generator-baseline" / "2", MODELS / "generator-optimized" / "1"]
DIFFUSION = MODELS / "generator-dit" / "1"


@pytest.fixture(scope="module", params=RECURRENT, ids=lambda folder: folder.parent.name)
def sampler(request: pytest.FixtureRequest) -> Sampler:
    return open_sampler(request.param)


@pytest.fixture(scope="module")
def golden(sampler: Sampler) -> dict:
    return read_golden(sampler.folder)


def read_golden(folder: Path) -> dict:
    return json.loads((folder / "golden.json").read_text())


def vector(sampler: Sampler, named: dict[str, float]) -> np.ndarray:
    return np.array([named.get(label, 0) for label in sampler.manifest["labels"]])


def test_steps_give_the_recorded_logits(sampler: Sampler, golden: dict) -> None:
    for case in golden["steps"]:
        gates = sampler.gates(vector(sampler, case["notes"]))[None]
        hidden = np.zeros((1, sampler.parameters["hidden"]), np.float32)
        for step in case["steps"]:
            logits, hidden = sampler.step(np.array([step["token"]], np.int32), hidden, gates)
            np.testing.assert_allclose(logits[0], step["logits"], atol=golden["tolerance"])


def draw_again(sampler, trace: dict) -> list[dict]:
    settings = {k: v for k, v in trace.items() if k not in ("wanted", "excluded", "samples")}
    drawn = sampler.sample(
        **settings, wanted=vector(sampler, trace["wanted"]), excluded=vector(sampler, trace["excluded"])
    )
    return [{"row": s.row, "smiles": s.smiles, "complete": s.complete} for s in drawn]


def test_seeded_samples_are_the_recorded_ones(sampler: Sampler, golden: dict) -> None:
    for trace in golden["traces"]:
        assert draw_again(sampler, trace) == trace["samples"]


def test_samples_are_mostly_valid(sampler: Sampler) -> None:
    """The full figure is `python -m sillage_training.generator.evaluate`; here 600 samples guard against a slip."""
    samples = list(sampler.sample(600, seed=1))
    figures = figures_of(molecules_of(samples), len(samples), read_known(sampler.folder))
    assert figures.valid >= 0.96
    # The grammar lets nothing but a cut sample be invalid.
    assert len(molecules_of(samples)) == sum(s.complete for s in samples)
    assert figures.vun > 0.6


def test_diffusion_is_the_recorded_one() -> None:
    sampler, golden = open_sampler(DIFFUSION), read_golden(DIFFUSION)
    told = golden["denoise"]
    condition = np.stack([sampler.condition(vector(sampler, {note: 1})) for note in told["notes"]])
    logits = sampler.denoise(np.array(told["tokens"], np.int32), np.array(told["lengths"], np.int32), condition)
    for row, want in zip(logits, told["logits"], strict=True):
        np.testing.assert_allclose(row[: len(want)], want, atol=golden["tolerance"])
    for trace in golden["traces"]:
        assert draw_again(sampler, trace) == trace["samples"]
    for reading in golden["readings"]:
        smiles = decode([sampler.tokens[t] for t in reading["tokens"]])
        assert smiles == reading["smiles"]
        assert canonical(smiles) is not None


def test_known_molecules_are_canonical() -> None:
    known = sorted(read_known(RECURRENT[0]))
    assert all(canonical(smiles) == smiles for smiles in known[:: len(known) // 200])


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [("CCO", True), ("CC.O", False), ("[Na]C", False), ("C", False), ("O", False), ("C" * 61, False), ("C[CH2]", False)],
)
def test_usable(smiles: str, expected: bool) -> None:
    assert usable(smiles) is expected


def test_tokens_and_writings() -> None:
    assert tokenise("C[N+](Br)Cl%12c1") == ["C", "[N+]", "(", "Br", ")", "Cl", "%12", "c", "1"]
    forms = writings("COc1ccccc1")
    assert len(forms) > 1
    assert {canonical(form) for form in forms} == {"COc1ccccc1"}


def test_the_grammar_allows_every_real_smiles() -> None:
    sampler = open_sampler(RECURRENT[0])
    p = sampler.parameters
    grammar = Grammar(sampler.tokens, p["endToken"], [p["padToken"], p["startToken"]])
    index = {token: i for i, token in enumerate(sampler.tokens)}
    for smiles in sorted(read_known(sampler.folder))[::20]:
        if not usable(smiles):
            continue
        for form in writings(smiles, 2):
            tokens = tokenise(form)
            if not index.keys() >= set(tokens):
                continue
            writing = Writing(grammar)
            for token in [*(index[t] for t in tokens), p["endToken"]]:
                assert writing.allowed()[token], form
                writing.append(token)


@pytest.mark.parametrize(("token", "bonds"), [("C", 4), ("[N+]", 4), ("[NH3+]", 1), ("[O-]", 1), ("[S-]", 1), ("S", 6)])
def test_valences(token: str, bonds: int) -> None:
    assert valence_of(token) == bonds
