"""The random numbers of the sampler: xoshiro128** (Blackman and Vigna, 2018), one stream per sampled row.

Integer arithmetic of 32 bits only, so that `random-stream.ts` of the inference service gives the same numbers.
"""

from __future__ import annotations

import numpy as np

_U32 = np.uint32


def _splitmix(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of a 32-bit splitmix: adds the golden ratio, then mixes (murmur3 finaliser)."""
    state = state + _U32(0x9E3779B9)
    z = state.copy()
    z = (z ^ (z >> _U32(16))) * _U32(0x85EBCA6B)
    z = (z ^ (z >> _U32(13))) * _U32(0xC2B2AE35)
    return state, z ^ (z >> _U32(16))


class RandomStreams:
    """`rows` streams; `uniform(which)` draws one number in [0, 1) from each stream named."""

    def __init__(self, seed: int, rows: np.ndarray) -> None:
        low, high = _U32(seed & 0xFFFFFFFF), _U32((seed >> 32) & 0xFFFFFFFF)
        rows = rows.astype(np.uint32)
        state = np.full(rows.shape, low, np.uint32)
        state, a = _splitmix(state)
        state, b = _splitmix(a ^ high)
        state = b ^ rows
        words = []
        for _ in range(4):
            state, word = _splitmix(state)
            words.append(word)
        # xoshiro must not start at zero everywhere.
        words[0] = words[0] | _U32(1)
        self.words = words

    def uniform(self, which: np.ndarray) -> np.ndarray:
        s0, s1, s2, s3 = (w[which] for w in self.words)
        x = s1 * _U32(5)
        result = ((x << _U32(7)) | (x >> _U32(25))) * _U32(9)
        t = s1 << _U32(9)
        s2 = s2 ^ s0
        s3 = s3 ^ s1
        s1 = s1 ^ s2
        s0 = s0 ^ s3
        s2 = s2 ^ t
        s3 = (s3 << _U32(11)) | (s3 >> _U32(21))
        for word, value in zip(self.words, (s0, s1, s2, s3), strict=True):
            word[which] = value
        return result.astype(np.float64) / 4294967296.0
