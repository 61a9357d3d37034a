"""How a Tsetlin machine learns: automata that get feedback, one recording at a time."""

from __future__ import annotations

from typing import final

import numpy as np
from jaxtyping import Bool, Float32, Int16

__all__ = ["Automata"]

_MOST = 127
"""States to either side: a literal is in its clause from 0 to 127, and out from -128 to -1."""


@final
class Automata:
    """One automaton for each literal of each clause (Granmo 2018, arXiv 1804.01508, section 3).

    The first half of the clauses votes for class 1, the second against it. All begin on the brink,
    out of their clauses. While learning, an empty clause is true.

    margin: T. A recording teaches a clause with probability (T - v) / 2T, v the votes for its class
        within +-T: the surer the machine is, the less it changes.
    specificity: s. The larger, the more literals a clause comes to demand.
    most_literals: b. A clause of more is taught as if it were false (clause size constrained,
        Abeyrathna et al. 2023, arXiv 2301.08190): rules stay short enough to be read.
    """

    def __init__(
        self,
        clauses: int,
        literals: int,
        *,
        margin: int,
        specificity: float,
        most_literals: int,
        rng: np.random.Generator,
    ) -> None:
        self.states: Int16[np.ndarray, "clause literal"]
        self.states = np.full((clauses, literals), -1, dtype=np.int16)
        self._included = np.zeros((clauses, literals), dtype=np.float32)
        """The literals that are in, as numbers for fast products; what learns keeps it right."""
        self._signs = np.repeat([1, -1], clauses // 2)
        self._margin, self._least = margin, np.float32(1 / specificity)
        self._most_literals = most_literals
        self._rng = rng

    @property
    def included(self) -> Bool[np.ndarray, "clause literal"]:
        """Which literals each clause demands."""
        return self.states >= 0

    def learn(self, literals: Bool[np.ndarray, " literal"], label: int) -> float:
        """Learn from one recording of class `label`, 0 or 1; the probability with which a clause
        was taught, which is 0 where the votes reach the margin.

        Clauses that should be true get feedback of type I, which makes them true more often and
        more specific; the others of type II, which makes them false here.
        """
        is_true = self._included @ (~literals).astype(np.float32) == 0
        side = 1 if label else -1
        votes = side * int((self._signs * is_true).sum())
        chance = (self._margin - max(-self._margin, min(votes, self._margin))) / (2 * self._margin)
        if chance == 0:
            return 0.0
        is_taught = self._rng.random(len(self.states)) < chance
        should_be_true = self._signs == side
        self._type_1(np.flatnonzero(is_taught & should_be_true), is_true, literals)
        self._type_2(np.flatnonzero(is_taught & ~should_be_true & is_true), literals)
        return chance

    def _type_1(
        self,
        rows: np.ndarray,
        is_true: Bool[np.ndarray, " clause"],
        literals: Bool[np.ndarray, " literal"],
    ) -> None:
        """Of a true clause, literals that are true move in with probability (s - 1) / s; all others
        of it, and all of a false clause, move out with probability 1 / s."""
        is_small = self._included[rows].sum(axis=1) <= self._most_literals
        moves_in = (is_true[rows] & is_small)[:, None] & literals
        drawn: Float32[np.ndarray, "row literal"]
        drawn = self._rng.random((len(rows), len(literals)), dtype=np.float32)
        is_rare = drawn < self._least
        self._move(rows, np.where(moves_in, ~is_rare, -is_rare.astype(np.int16)))

    def _type_2(self, rows: np.ndarray, literals: Bool[np.ndarray, " literal"]) -> None:
        """Literals that are false and out move in, so that the clause will be false here."""
        self._move(rows, ~literals & (self.states[rows] < 0))

    def _move(self, rows: np.ndarray, steps: np.ndarray) -> None:
        moved = np.clip(self.states[rows] + steps, -_MOST - 1, _MOST).astype(np.int16)
        self.states[rows] = moved
        self._included[rows] = moved >= 0
