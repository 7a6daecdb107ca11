# SPDX-License-Identifier: Apache-2.0
"""Chance that an open crossing turns out a migration: three models, fitted to counts.

A row is a class of crossings with its number; models are fitted with the numbers as weights,
which gives what fitting to single crossings would give.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import ConvergenceError
from keruen.measure._snapshots import PAST, STATE

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.isotonic import IsotonicRegression

Model = Literal["cells", "logistic", "boosting"]
MODELS: Final[tuple[Model, ...]] = ("cells", "logistic", "boosting")
Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Chance = Callable[["pd.DataFrame"], Reals]
"""Chance of each row of a table of open crossings."""
Curves = Sequence["IsotonicRegression | None"]
"""Calibration of each stage."""

_RARE: Final = 0.005
"""Share of crossings below which a category is put to the others."""
_LEVELS: Final = 40
_NUMBERS: Final = ("direction", "elapsed", *STATE, *PAST, "season")
_CELL: Final = ("direction", "elapsed", "age", "visa_class", "citizenship")
_FOLDS: Final = 3
_ROWS: Final = 20_000
"""Classes without migration that a model is fitted to, at most."""
_TOLERANCE: Final = 2e-5
"""Error of the fitted margins, as a share of all migrations, at which iteration stops."""
_STAGES: Final = (3, 6, 10)
"""Months elapsed at which another calibration curve begins to hold."""


@dataclass(frozen=True)
class Coder:
    """Numbers for the categories of text columns; 0 stands for all others."""

    levels: dict[str, list[str]]

    @staticmethod
    def of(rows: pd.DataFrame, texts: Sequence[str]) -> Coder:
        """Categories that are not rare."""
        levels = {}
        for name in texts:
            numbers = rows.groupby(name)["crossings"].sum().sort_values(ascending=False)
            common = numbers[numbers >= _RARE * numbers.sum()].index[:_LEVELS]
            levels[name] = sorted(common)
        return Coder(levels)

    def matrix(self, rows: pd.DataFrame) -> Whole:
        """Rows as whole numbers, 0 or more: the numbers of a crossing, then its texts."""
        columns = [rows[name].to_numpy() for name in _NUMBERS]
        for name, levels in self.levels.items():
            place = {level: number + 1 for number, level in enumerate(levels)}
            columns.append(rows[name].map(place).fillna(0).to_numpy(np.int64))
        return np.stack(columns, axis=1).astype(np.int64)


def fit(
    model: Model, rows: pd.DataFrame, coder: Coder, *, seed: int, calibration: Curves | None = None
) -> Fitted:
    """Fit a model to counted rows with ``outcome`` and ``weight``."""
    if model == "cells":
        return Fitted(_cells(rows, coder), None)
    matrix = coder.matrix(rows)
    outcome, weight = rows["outcome"].to_numpy(), rows["weight"].to_numpy()
    if not 0 < (weight * outcome).sum() < weight.sum():  # nothing to tell apart
        mean = float(np.average(outcome, weights=weight))
        return Fitted(lambda other: np.full(len(other), mean), None)
    matrix, outcome, weight = _condensed(matrix, outcome, weight, seed)
    if model == "logistic":
        return Fitted(_logistic(matrix, outcome, weight, coder), None)
    if calibration is None:
        calibration = _calibration(rows, coder, seed)
    classifier = _booster(seed, coder).fit(matrix, outcome, sample_weight=weight)

    def chance(other: pd.DataFrame) -> Reals:
        raw = classifier.predict_proba(coder.matrix(other))[:, 1]
        return _calibrated(raw, other["elapsed"].to_numpy(), calibration)

    return Fitted(chance, calibration)


@dataclass(frozen=True)
class Fitted:
    """A fitted model, and the calibration that refits may use again."""

    chance: Chance
    calibration: Curves | None


def _condensed(
    matrix: Whole, outcome: Whole, weight: Reals, seed: int
) -> tuple[Whole, Whole, Reals]:
    """Equal rows put together; of very many rows without migration a weighted sample."""
    size = [int(column.max()) + 1 for column in matrix.T]
    key = np.ravel_multi_index((*matrix.T, outcome), (*size, 2))
    keys, group = np.unique(key, return_inverse=True)
    columns = np.unravel_index(keys, (*size, 2))
    total, outcome = np.bincount(group, weight), columns[-1]
    kept = np.ones(len(total))
    none = outcome == 0
    kept[none] = np.minimum(1.0, _ROWS * total[none] / total[none].sum())
    (drawn,) = np.nonzero(np.random.default_rng(seed).random(len(total)) < kept)
    return np.stack(columns[:-1], axis=1)[drawn], outcome[drawn], total[drawn] / kept[drawn]


def _cells(rows: pd.DataFrame, coder: Coder) -> Chance:
    """Shares one year earlier.

    For each class of direction, months elapsed, age, visa and citizenship: the share of
    migrations among crossings of the same three months of the latest year that is known.
    """
    months = np.unique(rows["month"].to_numpy())
    keys, parents = _cell_keys(rows, coder)
    order, inverse = np.unique(keys, return_inverse=True)
    parent_order, parent_inverse = np.unique(parents, return_inverse=True)
    column = np.searchsorted(months, rows["month"].to_numpy())
    weight = rows["weight"].to_numpy()
    migrations = weight * rows["outcome"].to_numpy()

    def table(group: Whole, size: int, values: Reals) -> Reals:
        flat = np.bincount(group * len(months) + column, values, size * len(months))
        return np.asarray(flat, float).reshape(size, len(months))

    sizes = (len(order), len(parent_order))
    own = [table(inverse, sizes[0], each) for each in (weight, migrations)]
    above = [table(parent_inverse, sizes[1], each) for each in (weight, migrations)]

    def chance(other: pd.DataFrame) -> Reals:
        key, parent = _cell_keys(other, coder)
        cell, known = _found(order, key)
        group, known_group = _found(parent_order, parent)
        targets, which = np.unique(other["month"].to_numpy(), return_inverse=True)
        window = np.stack([_year_earlier(months, target) for target in targets], axis=1)
        every = np.ones(len(months))
        few, many = (values[group] @ every * known_group for values in reversed(above))
        season = [values @ window for values in above]
        overall = _share(few, many, migrations.sum() / weight.sum(), 0.5)
        here = [values[group, which] * known_group for values in season]
        parent_share = _share(here[1], here[0], overall, 5.0)
        near = [(values @ window)[cell, which] * known for values in own]
        return _share(near[1], near[0], parent_share, 1.0)

    return chance


def _share(migrations: Reals, crossings: Reals, prior: Reals | float, strength: float) -> Reals:
    """Share of migrations, drawn to a prior share where crossings are few."""
    share = (migrations + strength * np.asarray(prior)) / (crossings + strength)
    return np.asarray(share)


def _year_earlier(months: Whole, target: int) -> Reals:
    """Weights of training months: the same month, the ones before and after, of a past year."""
    back = 12 * max(1, -(-(target + 1 - int(months[-1])) // 12))
    near = (np.abs(months - (target - back)) <= 1).astype(np.float64)
    return near if near.any() else np.ones(len(months))


def _found(order: Whole, keys: Whole) -> tuple[Whole, NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(order, keys), len(order) - 1)
    return place, order[place] == keys


def _cell_keys(rows: pd.DataFrame, coder: Coder) -> tuple[Whole, Whole]:
    """Numbers of the class of each row, and of the wider class."""
    names = [*_NUMBERS, *coder.levels]
    matrix = coder.matrix(rows)
    parent = matrix[:, 0] * 100 + matrix[:, 1]
    key = parent.copy()
    for name in _CELL[2:]:
        if name in names:
            key = key * (_LEVELS + 1) + matrix[:, names.index(name)]
    return key, parent


def _design(coder: Coder) -> Callable[[Whole], Whole]:
    """Every column apart for arrivals and departures; state and time elapsed together."""
    names = [*_NUMBERS, *coder.levels]
    at = {name: place for place, name in enumerate(names)}

    def design(matrix: Whole) -> Whole:
        direction = matrix[:, at["direction"]]
        columns = [matrix[:, at[name]] * 2 + direction for name in names[1:]]
        state = direction
        for name in STATE:
            state = state * 10 + matrix[:, at[name]]
        columns.append(state)
        stage = matrix[:, at["elapsed"]] * 2 + direction
        columns += [
            stage * 100 + matrix[:, at[name]]
            for name in ("now", "visa_class", "citizenship")
            if name in at
        ]
        return np.stack(columns, axis=1)

    return design


def _logistic(matrix: Whole, outcome: Whole, weight: Reals, coder: Coder) -> Chance:
    """Logistic regression with a ridge penalty."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder

    design = _design(coder)
    encoder = OneHotEncoder(handle_unknown="ignore")
    features = encoder.fit_transform(design(matrix))
    tolerance = _TOLERANCE * float(np.average(outcome, weights=weight))
    regression = LogisticRegression(C=1.0, max_iter=3000, tol=tolerance)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            regression.fit(features, outcome, sample_weight=weight)
        except ConvergenceWarning as fault:
            raise ConvergenceError(
                "the logistic regression of open crossings did not settle",
                remedy="give more months of training, or fewer features",
                diagnostics={"iterations": 3000, "crossings": float(weight.sum())},
            ) from fault

    def chance(other: pd.DataFrame) -> Reals:
        features = encoder.transform(design(coder.matrix(other)))
        return np.asarray(regression.predict_proba(features)[:, 1])

    return chance


def _booster(seed: int, coder: Coder) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    numbers = len(_NUMBERS)
    texts = [numbers + place for place in range(len(coder.levels))]
    return HistGradientBoostingClassifier(
        max_iter=80,
        learning_rate=0.12,
        max_leaf_nodes=15,
        min_samples_leaf=10,
        l2_regularization=1.0,
        categorical_features=texts,
        early_stopping=False,
        random_state=seed,
    )


def _calibration(rows: pd.DataFrame, coder: Coder, seed: int) -> Curves:
    """A rising curve by stage from chances given to months that a fit had not seen."""
    from sklearn.isotonic import IsotonicRegression

    matrix, fold = coder.matrix(rows), rows["month"].to_numpy() % _FOLDS
    outcome, weight = rows["outcome"].to_numpy(), rows["weight"].to_numpy()
    raw = np.zeros(len(rows))
    for number in range(_FOLDS):
        seen, unseen = fold != number, fold == number
        if unseen.any() and 0 < (outcome * weight)[seen].sum() < weight[seen].sum():
            rows_, outcome_, weight_ = _condensed(matrix[seen], outcome[seen], weight[seen], seed)
            fitted = _booster(seed, coder).fit(rows_, outcome_, sample_weight=weight_)
            raw[unseen] = fitted.predict_proba(matrix[unseen])[:, 1]
    stage = np.digitize(rows["elapsed"].to_numpy(), _STAGES)
    curves: list[IsotonicRegression | None] = []
    for number in range(len(_STAGES) + 1):
        here = (stage == number) & (weight > 0)
        curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        curves.append(curve.fit(raw[here], outcome[here], weight[here]) if here.any() else None)
    return curves


def _calibrated(raw: Reals, elapsed: Whole, curves: Curves) -> Reals:
    stage = np.digitize(elapsed, _STAGES)
    chance = raw.copy()
    for number, curve in enumerate(curves):
        here = stage == number
        if curve is not None and here.any():
            chance[here] = curve.predict(raw[here])
    return chance
