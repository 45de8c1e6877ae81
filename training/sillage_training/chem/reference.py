"""Makes what packages/chem has from RDKit: the table of fragment scores, and golden figures to hold its code to.

    python -m sillage_training.chem.reference

The table is that of RDKit's Contrib/SA_Score (Ertl and Schuffenhauer, J. Cheminform. 2009, 1, 8; BSD-3-Clause), packed.
The golden file has 1,000 molecules with RDKit's own synthetic accessibility, Crippen log P, TPSA, weight and rings, and the
Morgan environments of every fifth. They come from the repository and from RDKit alone: no data folder is needed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import sys
from pathlib import Path

import numpy as np
from rdkit import Chem, RDConfig, RDLogger
from rdkit.Chem import Crippen, Descriptors, rdFingerprintGenerator, rdMolDescriptors

REPOSITORY = Path(__file__).resolve().parents[3]
SA_SCORE = Path(RDConfig.RDContribDir) / "SA_Score"
KNOWN = REPOSITORY / "models" / "generator-baseline" / "2" / "known.txt.gz"
MOLECULES = 1000

# What odorants seldom have: stereo, charges, cages, spiro rings, macrocycles, isotopes, rare elements, radicals, salts.
HARD = """
C[C@H](O)CC
C[C@@H]1CC[C@@H](C(C)C)[C@H](O)C1
O[C@@H]1CC[C@H](C)CC1
CC1=CC[C@@H](CC1)C(C)=C
C/C=C/C=O
C/C=C\\CCO
CC1CCC(C)CC1
C1CC2CCC1C2
CC1(C)C2CCC1(C)C(=O)C2
C1C2CC3CC1CC(C2)C3
C12C3C4C1C5C2C3C45
C1CCC2(CC1)CCCC2
C1CC12CC2
C1CC2(C1)CC1(CC1)C2
O=C1CCCCCCCCCCCCCC1
CC1CCCCCCCCCCCCC(=O)C1
C1CCCCCCC1
C1CCCCCCCC1
O=C1CCCCCCCCCCCO1
C1COCCOCCOCCOCCOCCO1
c1ccc2c(c1)C1CC2C=C1
CN1C2CCC1CC(C2)OC(=O)C(CO)c1ccccc1
C1=CC2CCC1CC2
C1CC2CC1C=C2
CC12CCC(CC1)C(C)(C)O2
CC(C)C1CCC2(C)CCCC(C)=C12
CC1CCC2C(C)(C)C3CC12CCC3C
[O-][N+](=O)c1ccccc1
C[N+](C)(C)CC([O-])=O
CC(=O)[O-].[Na+]
[NH4+].[Cl-]
C[N+]#[C-]
[N-]=[N+]=NCC
C=[N+]=[N-]
CS(C)=O
CS(C)(=O)=O
CC(=S)N
S=C=NCC=C
N#CCc1ccccc1
CP(C)(=O)OC
O=P(OCC)(OCC)OCC
C[Si](C)(C)C
CB(O)O
C[Se]C
c1cc[se]c1
c1ccoc1
c1cc[nH]c1
c1ccsc1
Cn1cnc2c1c(=O)n(C)c(=O)n2C
c1ccncc1
c1cnccn1
COc1nccnc1CC(C)C
c1ccc2[nH]ccc2c1
c1ccc2sccc2c1
O=c1ccc2ccccc2o1
O=c1cc(CCc2ccccc2)oc2ccccc12
C1=CC=CC=CC1
FC(F)(F)c1ccccc1
ClC(Cl)(Cl)Cl
BrCCBr
CI
ICI
FC1CC1
Clc1ccc(Cl)cc1
Brc1ccc(I)cc1
c1ccc(-c2ccccc2)cc1
c1ccc2ccccc2c1
C#CC
CC#CC
C=C=C
O=C=O
C=O
CC=O
O=CO
O=CN
O
N
C
S
P
[H][H]
OO
CCOO
CON
CNO
C=NO
NN
CN=NC
CC=NC
C[N+](C)=C
[CH3]
C[CH]C
[O-]c1ccccc1
[H+]
C[NH3+]
CC[NH2+]CC
C[NH+](C)C
c1cc[nH+]cc1
C[n+]1ccccc1
CC(=O)SC
CSSC
CSSSC
CSC(=O)c1ccccc1
SCC(O)C
OS(=O)(=O)O
C[N+](C)(C)[O-]
c1ccc[n+]([O-])c1
C1CO1
C1CN1
C1CS1
C1CN1C
OC1=CC(=O)CC1
CC(O)=CC(C)=O
OC=C
Oc1ccccc1
OC(=O)C(O)=O
NC(=O)N
NC(=N)N
O=C(O)c1ccccc1
COC(=O)OC
ClC(=O)C
FC=O
O=C1OC(=O)C=C1
[Li+].[Br-]
C[Hg]C
[Fe]
CC[Pb](CC)(CC)CC
C[As](C)C
C[Sn](C)(C)C
C[Te]C
c1ccc(cc1)P(c1ccccc1)c1ccccc1
CC(C)(C)c1c(N(=O)=O)c(C)c(N(=O)=O)c(C(C)(C)C)c1
"""


def molecules() -> list[str]:
    drugs = [line.split()[0] for line in (SA_SCORE / "data" / "zim.100.txt").read_text().splitlines()[1:]]
    first = list(dict.fromkeys([line for line in HARD.split("\n") if line] + drugs))
    known = [line for line in gzip.open(KNOWN, "rt").read().split("\n") if line and "*" not in line]
    known = sorted(set(known) - set(first))
    rest = MOLECULES - len(first)
    chosen = first + [known[round(i)] for i in np.linspace(0, len(known) - 1, rest)]
    if len(set(chosen)) != MOLECULES or any(Chem.MolFromSmiles(smiles) is None for smiles in chosen):
        raise SystemExit("a molecule of the golden file cannot be read")
    return chosen


def sascorer():
    sys.path.insert(0, str(SA_SCORE))
    import sascorer as module  # noqa: PLC0415

    return module


def golden() -> list[dict]:
    scorer = sascorer()
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    rows = []
    for index, smiles in enumerate(molecules()):
        mol = Chem.MolFromSmiles(smiles)
        row = {
            "smiles": smiles,
            "sa": round(scorer.calculateScore(mol), 4),
            "logp": round(Crippen.MolLogP(mol), 5),
            "tpsa": round(rdMolDescriptors.CalcTPSA(mol), 3),
            "weight": round(Descriptors.MolWt(mol), 3),
            "rings": rdMolDescriptors.CalcNumRings(mol),
        }
        if index % 5 == 0:
            counts = morgan.GetSparseCountFingerprint(mol).GetNonzeroElements()
            row["morgan"] = {str(number): count for number, count in sorted(counts.items())}
        rows.append(row)
    return rows


def fragment_scores() -> bytes:
    """Counts of ids and of scores, the scores x 10,000, then byte planes: gap to the id before (3), score number (2)."""
    with gzip.open(SA_SCORE / "fpscores.pkl.gz") as file:
        groups = pickle.load(file)
    score_of = {number: round(float(group[0]) * 1e4) for group in groups for number in group[1:]}
    ids = np.array(sorted(score_of), np.int64)
    scores = np.array([score_of[number] for number in ids.tolist()], np.int64)
    values, counts = np.unique(scores, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    number_of = np.empty(len(values), np.int64)
    number_of[by_count] = np.arange(len(values))
    numbers = number_of[np.searchsorted(values, scores)]
    gaps = np.diff(ids, prepend=0)
    if gaps.max() >= 1 << 24 or len(values) >= 1 << 16:
        raise SystemExit("the table no longer fits its planes")
    header = np.array([len(ids), len(values)], "<u4").tobytes() + values[by_count].astype("<i2").tobytes()
    planes = [(gaps >> shift) & 255 for shift in (0, 8, 16)] + [(numbers >> shift) & 255 for shift in (0, 8)]
    return header + b"".join(plane.astype(np.uint8).tobytes() for plane in planes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "packages" / "chem")
    out = parser.parse_args().out
    RDLogger.DisableLog("rdApp.*")
    table = out / "data" / "fragment-scores.bin.gz"
    table.write_bytes(gzip.compress(fragment_scores(), 9, mtime=0))
    file = out / "golden" / "properties.ndjson"
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in golden()))
    print(f"{table.name}: {table.stat().st_size:,} bytes; {file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
