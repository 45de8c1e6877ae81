"""What may follow in a SMILES without aromatic letters (a Kekulé SMILES): every one that ends is a molecule.

Brackets balance, rings close, no bond leads nowhere, and no atom has more bonds than its valence. What is forbidden
includes everything after which the SMILES could not be ended. So a warmer temperature (more variety) costs no
validity; which molecules are likely is left to the model. Same rules as the service's `grammar.ts`.
"""

from __future__ import annotations

import re

import numpy as np

ATOM, BOND, OPEN, CLOSE, RING, END, NEVER = range(7)

VALENCES = {"C": 4, "N": 3, "O": 2, "S": 6, "P": 5, "F": 1, "Cl": 1, "Br": 1, "I": 1}
"""Most bonds of a neutral atom; RDKit fills what is missing with hydrogen."""

ORDERS = {"-": 1, "=": 2, "#": 3}
_BRACKET = re.compile(r"\[([A-Z][a-z]?)(?:H(\d?))?([+-]?)\]")


def valence_of(token: str) -> int:
    """Bonds that an atom token may have. A charged one, in brackets, must have all of them."""
    if token[0] != "[":
        return VALENCES[token]
    match = _BRACKET.fullmatch(token)
    if match is None:
        raise ValueError(f"no valence for the token {token}")
    element, count, charge = match.groups()
    hydrogens = 0 if count is None else int(count or 1)
    base = 2 if element == "S" and charge else VALENCES[element]
    # A cation of carbon lacks a pair of electrons, one of nitrogen or oxygen shares one more.
    gain = 0 if not charge else 1 if charge == "+" and element != "C" else -1
    return base + gain - hydrogens


class Grammar:
    """The kind of every token of a vocabulary, valences of atoms, orders of bonds, numbers of rings."""

    def __init__(self, tokens: list[str], end: int, never: list[int]) -> None:
        self.kinds = np.array([self._kind(t) for t in tokens])
        self.kinds[end] = END
        self.kinds[never] = NEVER
        self.valences = np.array(
            [valence_of(t) if kind == ATOM else 0 for t, kind in zip(tokens, self.kinds, strict=True)]
        )
        self.is_exact = np.array([t[0] == "[" for t in tokens])
        self.orders = np.array([ORDERS.get(t, 0) for t in tokens])
        self.ring_tokens = [i for i, kind in enumerate(self.kinds) if kind == RING]
        self.ring_of = {token: number for number, token in enumerate(self.ring_tokens)}

    @staticmethod
    def _kind(token: str) -> int:
        if token in ORDERS:
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
        self.order = 1
        self.begins_branch = False
        self.branches: list[int] = []
        self.parents: list[int] = []
        self.free: list[int] = []
        self.is_exact: list[bool] = []
        self.current = -1
        self.open_at = [-1] * len(grammar.ring_tokens)
        self.partners: set[int] = set()

    def allowed(self) -> np.ndarray:
        """Which tokens may come next."""
        g, previous = self.grammar, self.previous
        mask = np.zeros(len(g.kinds), bool)
        atoms = g.kinds == ATOM
        if previous == NEVER:
            return atoms
        open_rings = sum(a >= 0 for a in self.open_at)
        free, exact = self.free[self.current], self.is_exact[self.current]
        # On the main way and outside every branch, an atom without a free bond would be the end.
        must_go_on = open_rings > 0 and not self.branches

        def reaches(order: int) -> bool:
            # A branch leaves a bond for the way on; the way on takes all bonds of an atom that must have all.
            if self.begins_branch:
                return free > order
            return free == order if exact else free >= order

        if previous == BOND or reaches(1):
            mask |= atoms & (g.valences >= self.order + must_go_on)
        if previous != BOND:
            for order in (1, 2, 3):
                if reaches(order):
                    mask |= (g.kinds == BOND) & (g.orders == order)
        if previous in (ATOM, RING, CLOSE) and free >= 2:
            mask |= g.kinds == OPEN
        if previous in (ATOM, RING):
            may_stop = free == 0 or not exact
            mask |= (g.kinds == CLOSE) & (may_stop and bool(self.branches))
            mask |= (g.kinds == END) & (may_stop and not self.branches and open_rings == 0)
            for number, token in enumerate(g.ring_tokens):
                other = self.open_at[number]
                if other < 0:
                    # The ring's bond, and one to go on with.
                    mask[token] = free >= 2
                else:
                    # A ring bond to itself, to its own neighbour, or twice to the same atom is no molecule.
                    near = other == self.current or other == self.parents[self.current] or other in self.partners
                    is_end = free == 1 and open_rings > 1 and not self.branches
                    mask[token] = free >= 1 and not near and not is_end
        return mask

    def append(self, token: int) -> None:
        g = self.grammar
        kind = int(g.kinds[token])
        if kind == ATOM:
            if self.current >= 0:
                self.free[self.current] -= self.order
            used = self.order if self.current >= 0 else 0
            self.parents.append(self.current)
            self.free.append(int(g.valences[token]) - used)
            self.is_exact.append(bool(g.is_exact[token]))
            self.current = len(self.parents) - 1
            self.partners.clear()
            self.order = 1
            self.begins_branch = False
        elif kind == BOND:
            self.order = int(g.orders[token])
        elif kind == OPEN:
            self.branches.append(self.current)
            self.begins_branch = True
        elif kind == CLOSE:
            self.current = self.branches.pop()
        elif kind == RING:
            number = g.ring_of[token]
            self.free[self.current] -= 1
            if self.open_at[number] < 0:
                self.open_at[number] = self.current
            else:
                self.partners.add(self.open_at[number])
                self.open_at[number] = -1
        self.previous = kind
