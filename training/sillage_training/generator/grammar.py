"""What may follow in a SMILES: brackets balance, rings close, no bond leads nowhere.

The model has learned this nearly always; the sampler makes it certain, so that a warmer temperature (more variety)
costs fewer invalid molecules. Valence and aromaticity are left to the model. Same rules as the service's `grammar.ts`.
"""

from __future__ import annotations

import numpy as np

ATOM, BOND, OPEN, CLOSE, RING, END, NEVER = range(7)


class Grammar:
    """The class of every token, and the number of every ring token."""

    def __init__(self, tokens: list[str], end: int, never: list[int]) -> None:
        self.kinds = np.array([self._kind(t) for t in tokens])
        self.kinds[end] = END
        self.kinds[never] = NEVER
        rings = [i for i, kind in enumerate(self.kinds) if kind == RING]
        self.ring_of = {token: number for number, token in enumerate(rings)}
        self.ring_tokens = rings

    @staticmethod
    def _kind(token: str) -> int:
        if token in "-=#:/\\":
            return BOND
        if token == "(":
            return OPEN
        if token == ")":
            return CLOSE
        return RING if token[0].isdigit() or token[0] == "%" else ATOM


class Writing:
    """One SMILES being written."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.previous = NEVER
        self.can_ring = False
        self.branches: list[int] = []
        self.parents: list[int] = []
        self.current = -1
        self.open_at = [-1] * len(grammar.ring_tokens)
        self.partners: set[int] = set()

    def allowed(self) -> np.ndarray:
        """Which tokens may come next."""
        after_atom = self.previous in (ATOM, RING, CLOSE)
        by_kind = np.zeros(7, bool)
        by_kind[ATOM] = True
        by_kind[BOND] = after_atom or self.previous == OPEN
        by_kind[OPEN] = after_atom
        by_kind[CLOSE] = after_atom and bool(self.branches)
        by_kind[RING] = self.can_ring
        by_kind[END] = after_atom and not self.branches and all(a < 0 for a in self.open_at)
        mask = by_kind[self.grammar.kinds]
        if self.can_ring:
            for number, token in enumerate(self.grammar.ring_tokens):
                other = self.open_at[number]
                # A ring bond to itself, to its own neighbour, or twice to the same atom is no molecule.
                if other >= 0 and (
                    other == self.current or other == self.parents[self.current] or other in self.partners
                ):
                    mask[token] = False
        return mask

    def append(self, token: int) -> None:
        kind = int(self.grammar.kinds[token])
        if kind == ATOM:
            self.parents.append(self.current)
            self.current = len(self.parents) - 1
            self.partners.clear()
            self.can_ring = True
        elif kind == OPEN:
            self.branches.append(self.current)
            self.can_ring = False
        elif kind == CLOSE:
            self.current = self.branches.pop()
            self.can_ring = False
        elif kind == RING:
            number = self.grammar.ring_of[token]
            if self.open_at[number] < 0:
                self.open_at[number] = self.current
            else:
                self.partners.add(self.open_at[number])
                self.open_at[number] = -1
        self.previous = kind
