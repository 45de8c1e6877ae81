"""Measures a model folder: `python -m sillage_training.generator.evaluate [--condition] [--write]`.

Prints validity (RDKit), uniqueness, novelty and VUN over unconditioned samples; with `--condition` also whether
asked notes arrive, by a judge that is not our odour model: a random forest on fingerprints and descriptors.
"""

from __future__ import annotations

import argparse
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from .data import canonical, default_data, load_corpus
from .sample import Sample, Sampler

JUDGED_NOTES = ("vanilla", "musk", "sulfurous", "rose", "smoky", "citrus", "woody", "fruity", "mint", "floral")


@dataclass(frozen=True)
class Figures:
    """Shares of all samples; `vun` is valid, unique and novel at once."""

    valid: float
    unique: float
    novel: float
    vun: float


def measure(samples: list[Sample], known: set[str]) -> tuple[Figures, list[str]]:
    """Figures, and the distinct canonical molecules. Unique and novel are shares of the valid samples."""
    molecules = [c for s in samples if s.complete and s.smiles and "." not in s.smiles and (c := canonical(s.smiles))]
    distinct = sorted(set(molecules))
    new = sum(m not in known for m in molecules)
    fresh = sum(m not in known for m in distinct)
    n, valid = len(samples), max(1, len(molecules))
    return Figures(len(molecules) / n, len(distinct) / valid, new / valid, fresh / n), distinct


def read_known(folder: Path) -> set[str]:
    return set(gzip.decompress((folder / "known.txt.gz").read_bytes()).decode().split())


_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
_DESCRIPTORS = [d for name, d in Descriptors.descList if name in {
    "MolWt", "MolLogP", "TPSA", "NumHDonors", "NumHAcceptors", "NumRotatableBonds", "RingCount",
    "NumAromaticRings", "FractionCSP3", "HeavyAtomCount", "LabuteASA", "MolMR",
}]


def judge_features(smiles: list[str]) -> np.ndarray:
    molecules = [Chem.MolFromSmiles(s) for s in smiles]
    return np.stack([
        np.concatenate([_MORGAN.GetCountFingerprintAsNumPy(m).astype(np.float32), [d(m) for d in _DESCRIPTORS]])
        for m in molecules
    ]).astype(np.float32)


def judge_condition(sampler: Sampler, data: Path, count: int, seed: int, guidances: list[float]) -> None:
    """Prints the judge's mean probability of each asked note: real positives of fold 0, all of fold 0, samples."""
    from sklearn.ensemble import RandomForestClassifier

    corpus = load_corpus(data)
    names = corpus.note_names
    train = [i for i in range(len(corpus.smiles)) if corpus.labelled[i]]
    judge = RandomForestClassifier(300, min_samples_leaf=2, max_features=0.1, n_jobs=1, random_state=0)
    judge.fit(judge_features([corpus.smiles[i] for i in train]), corpus.notes[train])

    def probabilities(smiles: list[str]) -> np.ndarray:
        return np.stack([p[:, 1] for p in judge.predict_proba(judge_features(smiles))], axis=1)

    held = probabilities(corpus.held_out_smiles)
    known = read_known(sampler.folder)
    notes = [n for n in JUDGED_NOTES if n in names]
    print("note         real  base " + "  ".join(f"g={g:g}/VUN" for g in guidances))
    totals, real_total = np.zeros(len(guidances)), 0.0
    for note in notes:
        k = names.index(note)
        wanted = np.zeros(len(names))
        wanted[k] = 1
        cells = []
        for j, guidance in enumerate(guidances):
            samples = list(sampler.sample(count, seed + k, wanted=wanted, guidance=guidance))
            figures, distinct = measure(samples, known)
            # Known molecules are what the judge learned from: only new ones say anything.
            score = probabilities([m for m in distinct if m not in known])[:, k].mean()
            totals[j] += score
            cells.append(f"{score:.2f}/{figures.vun:.2f}")
        real = held[corpus.held_out_notes[:, k] == 1, k].mean()
        real_total += real
        print(f"{note:12} {real:.2f}  {held[:, k].mean():.2f}  " + "  ".join(cells), flush=True)
    print(f"mean real {real_total / len(notes):.3f}, samples " + " ".join(f"{t / len(notes):.3f}" for t in totals))

    # Away from a note: vanilla without floral, with and without floral in the reference.
    k, x = names.index("vanilla"), names.index("floral")
    wanted, excluded = np.zeros(len(names)), np.zeros(len(names))
    wanted[k], excluded[x] = 1, 1
    for label, away in (("filter only", None), ("guided away", excluded)):
        samples = list(sampler.sample(count * 2, seed, wanted=wanted, excluded=away))
        figures, distinct = measure(samples, known)
        p = probabilities([m for m in distinct if m not in known])
        means = f"vanilla {p[:, k].mean():.3f} floral {p[:, x].mean():.3f}"
        print(f"vanilla, not floral, {label}: {means} VUN {figures.vun:.2f}")


def main() -> None:
    root = Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--model", type=Path, default=root / "models" / "generator-baseline" / "1")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--condition", action="store_true", help="also judge the asked notes")
    parser.add_argument("--write", action="store_true", help="write the figures to the manifest")
    args = parser.parse_args()
    sampler = Sampler(args.model)
    samples = list(sampler.sample(args.samples, args.seed, temperature=args.temperature))
    figures, _ = measure(samples, read_known(args.model))
    print(
        f"{len(samples)} unconditioned samples: valid {figures.valid:.4f} unique {figures.unique:.4f} "
        f"novel {figures.novel:.4f} VUN {figures.vun:.4f}"
    )
    if args.condition:
        judge_condition(sampler, args.data, 300, args.seed, [1, 1.5, 2, 3])
    if args.write:
        path = args.model / "manifest.yaml"
        manifest = yaml.safe_load(path.read_text())
        dataset = f"unconditioned-{len(samples)}"
        manifest["metrics"] = [
            {"dataset": dataset, "metric": name, "value": round(getattr(figures, name), 4)}
            for name in ("valid", "unique", "novel", "vun")
        ]
        path.write_text(yaml.safe_dump(manifest, sort_keys=False, width=110, allow_unicode=True))


if __name__ == "__main__":
    main()
