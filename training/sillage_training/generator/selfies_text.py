"""Molecules as SELFIES tokens (Krenn et al. 2020, doi 10.1088/2632-2153/aba947), and back to SMILES.

Any row of tokens is a molecule: what its place does not allow is weakened or skipped. Reading follows version 2 of the
language (Lo et al. 2023, doi 10.1039/d3dd00044c) for the tokens we use, and writes the same text as the service's
`selfies.ts`. One difference to the reference: a charged atom with too few bonds gets hydrogens, as neutral ones do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .data import writings

PAD, MASK = 0, 1
SPECIAL = ["<pad>", "<mask>"]

CAPACITIES = {
    "C": 4, "N": 3, "O": 2, "S": 6, "P": 5, "F": 1, "Cl": 1, "Br": 1, "I": 1,
    "C+": 3, "C-": 3, "N+": 4, "N-": 2, "O+": 3, "O-": 1, "S+": 5, "S-": 5, "P+": 4, "P-": 6,
}
"""Most bonds of an atom, hydrogens included."""

INDEX = {token: value for value, token in enumerate((
    "[C]", "[Ring1]", "[Ring2]", "[Branch1]", "[=Branch1]", "[#Branch1]", "[Branch2]", "[=Branch2]", "[#Branch2]",
    "[O]", "[N]", "[=N]", "[=C]", "[#C]", "[S]", "[P]",
))}
"""What a token counts for behind a branch or a ring: a digit of base 16."""

ORDERS = {"": 1, "=": 2, "#": 3}
BONDS = ["", "", "=", "#"]
_LINK = re.compile(r"\[([=#]?)(Branch|Ring)([12])\]")
_ATOM = re.compile(r"\[([=#]?)([A-Z][a-z]?)(?:H(\d))?(?:([+-])1)?\]")


def encodings(smiles: str, limit: int = 12) -> list[list[str]]:
    """SELFIES of one molecule, begun at each of up to `limit` of its atoms."""
    import selfies

    return [list(selfies.split_selfies(selfies.encoder(form, strict=False))) for form in writings(smiles, limit)]


@dataclass
class _Atom:
    element: str
    charge: str
    hydrogens: int
    capacity: int
    parent: int
    order: int
    used: int = 0
    children: list[int] = field(default_factory=list)


class _Reading:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.atoms: list[_Atom] = []
        self.rings: list[tuple[int, int, int]] = []

    def index(self, digits: int) -> int:
        value = 0
        for _ in range(digits):
            token = self.tokens[self.at] if self.at < len(self.tokens) else ""
            value = value * 16 + INDEX.get(token, 0)
            self.at += 1
        return value

    def derive(self, length: int, free: int, root: int) -> None:
        """Reads `length` tokens from here: what hangs on `root`, which has `free` bonds for it."""
        end, last = min(self.at + length, len(self.tokens)), root
        while self.at < end:
            token = self.tokens[self.at]
            self.at += 1
            link = _LINK.fullmatch(token)
            if link is not None and last < 0:
                continue
            if link is None:
                last, free = self.atom(token, free, last)
                if free == 0:
                    break
            elif link[2] == "Branch":
                if free > 1:
                    inside = min(free - 1, ORDERS[link[1]])
                    free -= inside
                    self.derive(self.index(int(link[3])) + 1, inside, last)
            else:
                order = min(ORDERS[link[1]], free)
                other = max(0, last - self.index(int(link[3])) - 1)
                self.rings.append((other, last, order))
                free -= order
                if free == 0:
                    break
        self.at = max(self.at, end)

    def atom(self, token: str, free: int, last: int) -> tuple[int, int]:
        match = _ATOM.fullmatch(token)
        if match is None:
            raise ValueError(f"no SELFIES token: {token}")
        element, hydrogens, charge = match[2], int(match[3] or 0), match[4] or ""
        capacity = CAPACITIES[element + charge] - hydrogens
        order = min(ORDERS[match[1]], free, capacity) if last >= 0 else 0
        number = len(self.atoms)
        self.atoms.append(_Atom(element, charge, hydrogens, capacity, last, order, order))
        if last >= 0:
            self.atoms[last].used += order
            self.atoms[last].children.append(number)
        return number, capacity - order

    def close_rings(self) -> list[list[int]]:
        """[lower atom, higher atom, order] of every ring bond that its atoms have room for."""
        made: dict[tuple[int, int], list[int]] = {}
        for a, b, wanted in self.rings:
            low, high = self.atoms[a], self.atoms[b]
            order = min(wanted, low.capacity - low.used, high.capacity - high.used)
            if a == b or order <= 0:
                continue
            if high.parent == a:
                # The ring's two atoms are neighbours: their bond grows instead.
                grown = min(high.order + order, 3)
                order, high.order = grown - high.order, grown
            elif (a, b) in made:
                grown = min(made[a, b][2] + order, 3)
                order, made[a, b][2] = grown - made[a, b][2], grown
            else:
                made[a, b] = [a, b, order]
            low.used += order
            high.used += order
        return list(made.values())

    def write(self) -> str:
        marks = [""] * len(self.atoms)
        for number, (a, b, order) in enumerate(self.close_rings(), 1):
            digit = str(number) if number < 10 else f"%{number}"
            marks[a] += BONDS[order] + digit
            marks[b] += digit
        texts = [""] * len(self.atoms)
        for number in range(len(self.atoms) - 1, -1, -1):
            atom = self.atoms[number]
            parts = [texts[child] for child in atom.children]
            branches = "".join(f"({part})" for part in parts[:-1]) + (parts[-1] if parts else "")
            texts[number] = BONDS[atom.order] + self.name(atom) + marks[number] + branches
        return texts[0] if texts else ""

    @staticmethod
    def name(atom: _Atom) -> str:
        if atom.charge == "":
            return atom.element
        hydrogens = atom.hydrogens + atom.capacity - atom.used
        return f"[{atom.element}{'H' if hydrogens else ''}{hydrogens if hydrogens > 1 else ''}{atom.charge}]"


def decode(tokens: list[str]) -> str:
    """SMILES (Kekulé, not canonical) of SELFIES tokens; empty without an atom."""
    reading = _Reading(tokens)
    reading.derive(len(tokens), 0, -1)
    return reading.write()
