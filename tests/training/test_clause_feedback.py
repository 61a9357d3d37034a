"""Feedback of a Tsetlin machine, against a loop over its automata."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xai_bench.training.clause_feedback import Automata


class Literal:
    """Granmo 2018, tables 2 and 3, one automaton at a time; the draws are those of `Automata`."""

    def __init__(self, clauses: int, literals: int, seed: int, **settings: Any) -> None:
        self.states = [[-1] * literals for _ in range(clauses)]
        self.rng = np.random.default_rng(seed)
        self.margin, self.s = settings["margin"], settings["specificity"]
        self.most = settings["most_literals"]

    def learn(self, literals: list[bool], label: int) -> float:
        clauses = len(self.states)
        is_true = [
            all(value for value, state in zip(literals, states, strict=True) if state >= 0)
            for states in self.states
        ]
        votes = sum((1 if k < clauses // 2 else -1) for k in range(clauses) if is_true[k])
        votes = max(-self.margin, min(self.margin, votes))
        chance = (self.margin - votes if label else self.margin + votes) / (2 * self.margin)
        if chance == 0:
            return 0.0
        taught = [self.rng.random() < chance for _ in range(clauses)]
        for clause in range(clauses):
            if taught[clause] and (clause < clauses // 2) == bool(label):
                self._type_1(self.states[clause], literals, is_true[clause])
        for clause in range(clauses):
            wrong_side = (clause < clauses // 2) != bool(label)
            if taught[clause] and wrong_side and is_true[clause]:
                for k, value in enumerate(literals):
                    if not value and self.states[clause][k] < 0:
                        self.states[clause][k] += 1
        return float(chance)

    def _type_1(self, states: list[int], literals: list[bool], is_true: bool) -> None:
        rewarded = is_true and sum(state >= 0 for state in states) <= self.most
        for k, value in enumerate(literals):
            rare = self.rng.random(dtype=np.float32) < np.float32(1 / self.s)
            if rewarded and value:
                states[k] = min(127, states[k] + (not rare))
            elif rare:
                states[k] = max(-128, states[k] - 1)


@pytest.mark.parametrize("most", [3, 100])
def test_states_are_those_of_the_literal_machine(most: int) -> None:
    settings = {"margin": 3, "specificity": 3.0, "most_literals": most}
    literal = Literal(8, 12, seed=5, **settings)
    ours = Automata(8, 12, rng=np.random.default_rng(5), **settings)  # type: ignore[arg-type]
    rng = np.random.default_rng(6)
    chances = set()
    for _ in range(400):
        features = rng.random(6) < 0.5
        literals = np.concatenate([features, ~features])
        label = int(features[0] and not features[3])
        chance = ours.learn(literals, label)
        assert chance == literal.learn(literals.tolist(), label)
        chances.add(chance)
        assert ours.states.tolist() == literal.states
    assert len(chances) > 3, "surer and less sure"
    assert ours.included.any()
    assert not ours.included.all()


def test_learns_a_rule_of_noisy_recordings() -> None:
    rng = np.random.default_rng(0)
    automata = Automata(
        20, 16, margin=8, specificity=4.0, most_literals=8, rng=np.random.default_rng(1)
    )

    def draw() -> tuple[np.ndarray, int]:
        features = rng.random(8) < 0.5
        return np.concatenate([features, ~features]), int(features[1] ^ features[2])

    for _ in range(1500):
        automata.learn(*draw())
    signs = np.repeat([1, -1], 10)
    right = 0
    for _ in range(200):
        literals, label = draw()
        is_true = ~(automata.included & ~literals).any(axis=1) & automata.included.any(axis=1)
        right += int((signs * is_true).sum() > 0) == label
    assert right > 190, "exclusive or, which no linear model learns"
