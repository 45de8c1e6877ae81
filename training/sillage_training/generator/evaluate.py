"""Measures a generator's folder: `python -m sillage_training.generator.evaluate --model FOLDER [--notes] [--against FOLDER]`.

Prints validity (RDKit), uniqueness, novelty and VUN of unconditioned samples, each with its deviation among
seeds. `--notes`: whether asked notes arrive, by a judge that is not our odour model, a random forest; as drawn, and
as the service returns them, the best third by our own odour model. `--against`: how far two recurrent models differ.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import yaml
from rdkit import Chem

from .data import canonical, default_data, load_corpus, tokenise, writings
from .dit_sample import DitSampler
from .folders import MODELS, open_sampler, read_known
from .sample import Sample, Sampler
from .soft_notes import molecule_features

JUDGED_NOTES = ("vanilla", "musk", "sulfurous", "rose", "smoky", "citrus", "woody", "fruity", "mint", "floral")
AT_ONCE = 300


@dataclass(frozen=True)
class Figures:
    """Shares of all samples; `vun` is valid, unique and novel at once. Unique and novel are shares of the valid."""

    valid: float
    unique: float
    novel: float
    vun: float


def molecules_of(samples: Sequence[Sample]) -> list[str]:
    """Canonical SMILES of the samples that are one molecule each."""
    return [c for s in samples if s.complete and s.smiles and "." not in s.smiles and (c := canonical(s.smiles))]


def figures_of(molecules: list[str], count: int, known: set[str]) -> Figures:
    distinct = set(molecules)
    valid = max(1, len(molecules))
    new = sum(m not in known for m in molecules)
    fresh = sum(m not in known for m in distinct)
    return Figures(len(molecules) / count, len(distinct) / valid, new / valid, fresh / count)


def unconditioned(sampler: Sampler | DitSampler, count: int, seeds: Sequence[int], known: set[str]) -> np.ndarray:
    """[seeds, 4]: the figures of `count` samples for each seed; prints what the molecules are like."""
    rows = []
    for seed in seeds:
        molecules = molecules_of(list(sampler.sample(count, seed)))
        rows.append(astuple(figures_of(molecules, count, known)))
        if seed == seeds[0]:
            print_likeness(molecules, known)
    return np.array(rows)


def print_likeness(molecules: list[str], known: set[str]) -> None:
    """Whether samples look like odorants: synthetic accessibility and sizes beside those of known molecules."""
    from rdkit.Contrib.SA_Score import sascorer

    rng = np.random.default_rng(0)
    real = rng.choice(sorted(known), 2000, replace=False)
    new = sorted(set(molecules) - known)
    fresh = rng.choice(new, min(2000, len(new)), replace=False) if new else []
    for name, some in (("known", real), ("new samples", fresh)):
        mols = [m for m in map(Chem.MolFromSmiles, some) if m is not None and m.GetNumHeavyAtoms() > 0]
        scores = [sascorer.calculateScore(m) for m in mols]
        sizes = [m.GetNumHeavyAtoms() for m in mols]
        print(
            f"{name}: synthetic accessibility mean {np.mean(scores):.2f}, above 6: {np.mean(np.array(scores) > 6):.3f}; "
            f"heavy atoms mean {np.mean(sizes):.1f}"
        )


class Judge:
    """Probabilities of notes by a random forest on folds 1-4: it shares no family with our odour models."""

    def __init__(self, data: Path) -> None:
        from sklearn.ensemble import RandomForestClassifier

        corpus = load_corpus(data)
        self.names = corpus.note_names
        train = np.flatnonzero(corpus.labelled)
        self.forest = RandomForestClassifier(300, min_samples_leaf=2, max_features=0.1, n_jobs=1, random_state=0)
        self.forest.fit(molecule_features([corpus.smiles[i] for i in train]), corpus.notes[train])
        self.held = self.probabilities(corpus.held_out_smiles)
        self.held_notes = corpus.held_out_notes

    def probabilities(self, smiles: list[str]) -> np.ndarray:
        return np.stack([p[:, 1] for p in self.forest.predict_proba(molecule_features(smiles))], axis=1)

    def real(self, note: int) -> np.ndarray:
        """Of the held-out molecules that have the note."""
        return self.held[self.held_notes[:, note] == 1, note]


class Ranker:
    """Our own odour model, by which the service chooses."""

    def __init__(self, folder: Path) -> None:
        from ..odour.features import Featuriser, parse
        from ..odour.runtime import Batch, session

        self.parse, self.batch, self.session = parse, Batch, session(folder / "model.onnx")
        self.featuriser = Featuriser.load(folder / "features.json")
        self.labels = yaml.safe_load((folder / "manifest.yaml").read_text())["labels"]

    def probabilities(self, smiles: list[str]) -> np.ndarray:
        features = [self.featuriser(graph) for s in smiles if (graph := self.parse(s)) is not None]
        order = np.argsort([len(f.atoms) for f in features], kind="stable")
        found = np.zeros((len(features), len(self.labels)))
        for i in range(0, len(order), 32):
            part = order[i : i + 32]
            feed = self.batch.of([features[j] for j in part]).feed()
            found[part] = self.session.run(["probabilities"], feed)[0]
        return found


def mean_and_deviation(values: np.ndarray) -> str:
    return f"{values.mean():.2f} ±{values.std() / max(1, len(values)) ** 0.5:.2f}"


def judge_notes(sampler: Sampler | DitSampler, judge: Judge, ranker: Ranker, guidances: list[float], seed: int) -> None:
    """Prints a row per note and, for each guidance, on how many notes the samples score at least as real positives.

    The judge's mean probability, with the standard error of the mean, over distinct new molecules: known ones are what
    it learned from. As drawn: of 300 samples. As returned: the service's way for 100 molecules, the best of the first
    300 distinct ones by our odour model; all of them are distinct, so uniqueness is said of the draws.
    """
    known = read_known(sampler.folder)
    names = judge.names
    for guidance in guidances:
        print(f"guidance {guidance:g}\nnote | real positives | all held out | drawn | unique of drawn | VUN | returned")
        reached = {"drawn": 0, "returned": 0}
        for note in JUDGED_NOTES:
            k = names.index(note)
            wanted = np.zeros(len(names))
            wanted[k] = 1
            samples, distinct = [], []
            for sample in sampler.sample(40 * AT_ONCE, seed + k, wanted=wanted, guidance=guidance):
                samples.append(sample)
                if len(samples) >= AT_ONCE and len(samples) % 100 == 0:
                    distinct = list(dict.fromkeys(molecules_of(samples)))
                    if len(distinct) >= AT_ONCE:
                        break
            first = molecules_of(samples[:AT_ONCE])
            figures = figures_of(first, AT_ONCE, known)
            drawn = judge.probabilities([m for m in sorted(set(first)) if m not in known])[:, k]
            candidates = distinct[:AT_ONCE]
            own = ranker.probabilities(candidates)[:, ranker.labels.index(note)]
            best = [candidates[i] for i in np.argsort(-own, kind="stable")[: AT_ONCE // 3]]
            returned = judge.probabilities([m for m in best if m not in known])[:, k]
            real = judge.real(k)
            reached["drawn"] += drawn.mean() >= real.mean()
            reached["returned"] += returned.mean() >= real.mean()
            print(
                f"{note} | {mean_and_deviation(real)} | {judge.held[:, k].mean():.2f} | {mean_and_deviation(drawn)} | "
                f"{figures.unique:.2f} | {figures.vun:.2f} | {mean_and_deviation(returned)}",
                flush=True,
            )
        print(f"at least as real positives: drawn {reached['drawn']}, returned {reached['returned']} of 10")


def push_away(sampler: Sampler | DitSampler, judge: Judge, seed: int) -> None:
    """Vanilla without floral: what guidance away from a note does."""
    known = read_known(sampler.folder)
    k, x = judge.names.index("vanilla"), judge.names.index("floral")
    wanted, excluded = np.zeros(len(judge.names)), np.zeros(len(judge.names))
    wanted[k], excluded[x] = 1, 1
    for label, away in (("vanilla", None), ("vanilla, away from floral", excluded)):
        molecules = set(molecules_of(list(sampler.sample(2 * AT_ONCE, seed, wanted=wanted, excluded=away))))
        p = judge.probabilities(sorted(molecules - known))
        print(f"{label}: vanilla {mean_and_deviation(p[:, k])}, floral {mean_and_deviation(p[:, x])}")


def token_losses(sampler: Sampler, texts: list[list[int]]) -> np.ndarray:
    """Mean negative log likelihood of each text's tokens (nats), without condition."""
    p = sampler.parameters
    gates = np.zeros((1, p["gates"]), np.float32)
    hidden = np.zeros((len(texts), p["hidden"]), np.float32)
    last = np.full(len(texts), p["startToken"], np.int32)
    total = np.zeros(len(texts))
    for at in range(max(map(len, texts)) + 1):
        logits, hidden = sampler.step(last, hidden, gates)
        target = np.array([t[at] if at < len(t) else p["endToken"] for t in texts], np.int32)
        scores = logits - logits.max(axis=1, keepdims=True)
        loss = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(texts)), target]
        total += np.where(at <= np.array([len(t) for t in texts]), loss, 0)
        last = target
    return total / (np.array([len(t) for t in texts]) + 1)


def compare(one: Sampler, other: Sampler, data: Path) -> None:
    """Prints the loss of both on held-out molecules and the mean difference, which is paired."""
    index = {token: i for i, token in enumerate(one.tokens)}
    texts = [tokenise(writings(s, 1)[0]) for s in load_corpus(data).held_out_smiles if "." not in s]
    rows = [[index[t] for t in text] for text in texts if text and all(t in index for t in text)]
    a, b = token_losses(one, rows), token_losses(other, rows)
    error = (a - b).std() / len(rows) ** 0.5
    print(f"loss a token, {len(rows)} held-out molecules: {a.mean():.4f} and {b.mean():.4f} nats, "
          f"difference {(a - b).mean():+.5f} ±{error:.5f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--model", type=Path, default=MODELS / "generator-baseline" / "2")
    parser.add_argument("--odour-model", type=Path, default=MODELS / "olfactory-base" / "2")
    parser.add_argument("--against", type=Path, help="another recurrent model, for the loss on held-out molecules")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--notes", action="store_true", help="also judge asked notes")
    parser.add_argument("--guidance", type=float, nargs="*", help="guidances to judge; default: the manifest's")
    parser.add_argument("--write", action="store_true", help="write the figures to the manifest")
    args = parser.parse_args()
    sampler = open_sampler(args.model)
    seeds = [args.seed + i for i in range(args.seeds)]
    if args.samples > 0:
        rows = unconditioned(sampler, args.samples, seeds, read_known(args.model))
        names = list(Figures.__annotations__)
        shown = ", ".join(
            f"{n} {m:.4f} ±{d:.4f}" for n, m, d in zip(names, rows.mean(axis=0), rows.std(axis=0, ddof=len(rows) > 1))
        )
        print(f"{args.samples} unconditioned samples, mean of {len(seeds)} seeds and deviation among them: {shown}")
        if args.write:
            path = args.model / "manifest.yaml"
            manifest = yaml.safe_load(path.read_text())
            dataset = f"unconditioned-{args.samples}"
            manifest["metrics"] = [
                {"dataset": dataset, "metric": name, "value": round(float(value), 4)}
                for name, value in zip(names, rows.mean(axis=0), strict=True)
            ]
            path.write_text(yaml.safe_dump(manifest, sort_keys=False, width=110, allow_unicode=True))
    if args.against is not None:
        compare(sampler, open_sampler(args.against), args.data)
    if args.notes:
        judge, ranker = Judge(args.data), Ranker(args.odour_model)
        judge_notes(sampler, judge, ranker, args.guidance or [sampler.parameters["guidance"]], args.seed)
        push_away(sampler, judge, args.seed)


if __name__ == "__main__":
    main()
