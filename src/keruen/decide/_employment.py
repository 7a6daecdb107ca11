# SPDX-License-Identifier: Apache-2.0
"""Kernel of the chance of work: boosted trees for all and for each locality, joined and calibrated.

Everything is fitted to the persons it is given: the trees to the training fold, how far small
localities are drawn to the pool and the calibration to the next one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import ConvergenceError

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = Mapping[str, np.ndarray]

PULLS: Final = (0.0, 10.0, 30.0, 100.0, 300.0, 1000.0, np.inf)
"""Persons that the pool may count for, beside those of a locality."""
_OWN_FROM: Final = 30
"""Training persons from which a locality has trees of its own."""
_LEVELS: Final = 200
_ISOTONIC_FROM: Final = 1000


def logit(chance: Floats) -> Floats:
    """Log odds."""
    return np.asarray(np.log(chance) - np.log1p(-chance))


def expit(odds: Floats) -> Floats:
    """Chance from log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


@dataclass(frozen=True)
class Coder:
    """Numbers for features: texts by the categories of the training fold, others as they are."""

    names: tuple[str, ...]
    levels: Mapping[str, list[str]]

    @staticmethod
    def of(columns: Columns) -> Coder:
        """Categories that occur, the most frequent ones where there are very many."""
        levels = {}
        for name, column in columns.items():
            if column.dtype.kind in "OUST":
                values, counts = np.unique(column.astype(str), return_counts=True)
                kept = values[np.argsort(-counts, kind="stable")[:_LEVELS]]
                levels[name] = sorted(kept.tolist())
        return Coder(tuple(columns), levels)

    def matrix(self, columns: Columns) -> Floats:
        """Persons in rows; a category that was never seen is missing."""
        coded = []
        for name in self.names:
            if name in self.levels:
                place = {level: float(at) for at, level in enumerate(self.levels[name])}
                texts = columns[name].astype(str).tolist()
                coded.append(np.array([place.get(text, np.nan) for text in texts]))
            else:
                coded.append(np.asarray(columns[name], dtype=float))
        return np.stack(coded, axis=1)

    def indicators(self, columns: Columns) -> Floats:
        """The same with a column of 0 and 1 for each category, numbers in standard units."""
        parts = []
        for name in self.names:
            if name in self.levels:
                texts = columns[name].astype(str)
                parts += [(texts == level).astype(float) for level in self.levels[name]]
            else:
                parts.append(np.asarray(columns[name], dtype=float))
        return np.stack(parts, axis=1)


@dataclass(frozen=True)
class Trees:
    """Trees for all, trees for each locality with enough persons, and how they are joined."""

    coder: Coder
    pool: HistGradientBoostingClassifier
    own: Mapping[int, HistGradientBoostingClassifier]
    trained: Ints
    pull: float
    curve: Callable[[Floats], Floats]

    def raw(self, matrix: Floats, place: int, pull: float) -> Floats:
        """Log odds of persons at one locality before calibration."""
        pooled = _odds(self.pool, _beside(matrix, place))
        if place not in self.own or not np.isfinite(pull):
            return pooled
        weight = self.trained[place] / (self.trained[place] + pull)
        return np.asarray(weight * _odds(self.own[place], matrix) + (1 - weight) * pooled)

    def chance(self, columns: Columns, places: Sequence[int]) -> Floats:
        """Calibrated chance of each person at each locality."""
        matrix = self.coder.matrix(columns)
        return np.stack([self.curve(self.raw(matrix, at, self.pull)) for at in places], axis=1)


def fit_trees(
    train: tuple[Columns, Ints, Ints],
    calibrate: tuple[Columns, Ints, Ints],
    *,
    localities: int,
    own: bool,
    seed: int,
) -> Trees:
    """Fit to folds of features, locality and outcome."""
    columns, place, outcome = train
    coder = Coder.of(columns)
    matrix = coder.matrix(columns)
    texts = [at for at, name in enumerate(coder.names) if name in coder.levels]
    pool = _booster([*texts, matrix.shape[1]], seed, large=True)
    pool.fit(np.column_stack([matrix, _code(place)]), outcome)
    trained = np.bincount(place, minlength=localities)
    models = {}
    for at in np.flatnonzero(trained >= _OWN_FROM).tolist() if own else []:
        here = place == at
        if 0 < outcome[here].sum() < here.sum():
            models[at] = _booster(texts, seed, large=False).fit(matrix[here], outcome[here])
    plain = Trees(coder, pool, models, trained, np.inf, expit)
    later = coder.matrix(calibrate[0])
    pulled = [_at_own_place(plain, later, calibrate[1], pull) for pull in PULLS]
    losses = [_log_loss(expit(odds), calibrate[2]) for odds in pulled]
    best = int(np.argmin(losses)) if models else len(PULLS) - 1
    curve = _calibrated(pulled[best], calibrate[2])
    return Trees(coder, pool, models, trained, PULLS[best], curve)


def _at_own_place(trees: Trees, matrix: Floats, place: Ints, pull: float) -> Floats:
    odds = np.empty(len(matrix))
    for at in np.unique(place).tolist():
        here = place == at
        odds[here] = trees.raw(matrix[here], at, pull)
    return odds


def _booster(texts: list[int], seed: int, *, large: bool) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=300 if large else 40,
        learning_rate=0.08,
        max_leaf_nodes=12 if large else 5,
        min_samples_leaf=20 if large else 10,
        l2_regularization=5.0,
        categorical_features=texts or None,
        early_stopping=large,  # on a part of the training fold
        n_iter_no_change=15,
        validation_fraction=0.2,
        random_state=seed,
    )


def _code(place: Ints) -> Floats:
    """Localities as categories: those beyond what trees can tell apart are missing."""
    return np.where(place < _LEVELS, place, np.nan).astype(float)


def _beside(matrix: Floats, place: int) -> Floats:
    return np.column_stack([matrix, _code(np.full(len(matrix), place))])


def _odds(model: HistGradientBoostingClassifier, matrix: Floats) -> Floats:
    return np.asarray(model.decision_function(matrix), dtype=float)


def _log_loss(chance: Floats, outcome: Ints) -> float:
    chance = np.where(outcome == 1, chance, 1 - chance)
    return float(-np.log(chance).mean())


def _calibrated(odds: Floats, outcome: Ints) -> Callable[[Floats], Floats]:
    """A rising curve for many persons, a line in log odds for few."""
    if len(odds) > _ISOTONIC_FROM:
        from sklearn.isotonic import IsotonicRegression

        edge = 0.5 / len(odds)  # no chance is quite 0 or 1 after so many persons
        steps = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip")
        steps.fit(odds, outcome)
        return lambda raw: np.asarray(steps.predict(raw))
    level, slope = logistic_line(odds, outcome)
    return lambda raw: expit(level + slope * raw)


def logistic_line(odds: Floats, outcome: Ints) -> tuple[float, float]:
    """Level and slope of a logistic regression of outcomes on log odds."""
    design = np.column_stack([np.ones(len(odds)), odds])
    at = np.array([0.0, 1.0])
    for _ in range(100):
        chance = expit(design @ at)
        slope = design.T @ (outcome - chance)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design
        if np.linalg.cond(curvature) > 1e12:
            break
        step = np.linalg.solve(curvature, slope)
        at = at + step / max(1.0, float(np.abs(step).max()))  # no leap beyond 1
        if np.abs(step).max() < 1e-9:
            return float(at[0]), float(at[1])
    raise ConvergenceError(
        "the line from chances to outcomes did not settle",
        where="calibration",
        remedy="give more persons, with and without work, at chances that differ",
        id="CalibrationFailed",
    )


def fit_placement(columns: Columns, place: Ints, *, localities: int) -> Callable[[Columns], Floats]:
    """Chance that a person was placed in each locality, by multinomial logistic regression."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    coder, scale = Coder.of(columns), StandardScaler()
    regression = LogisticRegression(C=1.0, max_iter=2000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            regression.fit(scale.fit_transform(coder.indicators(columns)), place)
        except ConvergenceWarning as fault:
            raise ConvergenceError(
                "the chances of past placements did not settle",
                remedy="give them, if they are known, or fewer features",
            ) from fault

    def chance(other: Columns) -> Floats:
        found = np.zeros((len(next(iter(other.values()))), localities))
        found[:, regression.classes_] = regression.predict_proba(
            scale.transform(coder.indicators(other))
        )
        return found

    return chance
