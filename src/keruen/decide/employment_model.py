# SPDX-License-Identifier: Apache-2.0
"""Chance of work of a person in each locality, learned from past placements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.errors import SchemaError
from keruen.decide._employment import Columns, Ints, Trees, fit_trees
from keruen.decide._employment_case import (
    Moment,
    align,
    as_columns,
    as_outcomes,
    folds,
    labelled,
    need_sklearn,
    refuse_hopeless,
)
from keruen.decide._employment_report import overlap, scores

if TYPE_CHECKING:
    import pandas as pd

EmploymentMethod = Literal["by_locality", "pooled"]
FamilyOutcome = Literal["at_least_one", "expected_workers", "mean"]
_PROFILES = 5


@dataclass(frozen=True)
class EmploymentModel:
    """Chances of work, and how good they are on persons the model has not seen.

    Parameters
    ----------
    localities : tuple of str
        Localities with past placements.
    fold : DataArray [person], text
        ``train``, ``calibrate``, ``test``, or ``tied`` for those left out.
    pull : float
        Persons that the pool counts for beside those of a locality; infinite where it alone
        counts.
    report : DataFrame
        On the test fold, for all and for each group: persons, in_work, brier, reference (Brier
        score of the mean of the locality), skill, log_loss, intercept and slope of calibration
        (ideal 0 and 1; missing where there are fewer than 30), calibration_error (ten bins).
    overlap : DataArray [profile, locality], share
        Of the training persons of each fifth of chances, where they were placed. Where it is
        near 0 the model guesses.
    """

    localities: tuple[str, ...]
    fold: xr.DataArray
    pull: float
    report: pd.DataFrame
    overlap: xr.DataArray
    _trees: Trees = field(repr=False)
    _train: tuple[Columns, Ints] = field(repr=False)

    def chance(self, features: xr.Dataset) -> xr.DataArray:
        """Chance of work of each person in each locality.

        Parameters
        ----------
        features : Dataset [person]
            The features that the model was fitted to.

        Returns
        -------
        DataArray [person, locality], probability

        Raises
        ------
        SchemaError
            A feature is missing, or has missing values.
        """
        columns = as_columns(features, self._trees.coder.names)
        found = self._trees.chance(columns, range(len(self.localities)))
        labels = {"person": features.indexes["person"], "locality": list(self.localities)}
        return xr.DataArray(found, labels, name="chance")


def fit_employment(
    features: xr.Dataset,
    locality: xr.DataArray,
    outcome: xr.DataArray,
    arrival: xr.DataArray,
    *,
    seed: int,
    calibrate_from: Moment | None = None,
    test_from: Moment | None = None,
    tied: xr.DataArray | None = None,
    group: xr.DataArray | None = None,
    method: EmploymentMethod = "by_locality",
) -> EmploymentModel:
    """Learn the chance of work from past placements.

    Parameters
    ----------
    features : Dataset [person]
        Age, sex, education, languages, family ...: numbers or texts, none missing. Only what is
        known before a family is placed.
    locality : DataArray [person], text
        Where each person was placed.
    outcome : DataArray [person], 0 or 1
        In work at the time asked, such as after 90 days.
    arrival : DataArray [person], date or number
        When each person came.
    seed : int
        The same seed gives the same model.
    calibrate_from, test_from : date or number, optional
        Arrivals from the first are kept for calibration, from the second for the test; after
        60 and 80 per cent of persons when not given.
    tied : DataArray [person], bool, optional
        Placed for ties of their own, such as relatives: left out, for their placement is not
        as if at random.
    group : DataArray [person], text, optional
        Groups for the report.
    method : {"by_locality", "pooled"}
        Trees for each locality drawn to those of all, or the latter alone.

    Returns
    -------
    EmploymentModel

    Raises
    ------
    SchemaError
        A feature tells the outcome without error (``PerfectSeparation``), all outcomes of a fold
        are equal (``OneOutcome``), there is one locality (``OneLocality``), values are missing or
        out of range, or scikit-learn is not installed (``ExtraMissing``).
    CoverageError
        Persons differ between the arrays.

    See Also
    --------
    family_score : From persons to families, for the placement.
    keruen.decide.employment_value.policy_value : What a placement would honestly bring.

    Notes
    -----
    Boosted trees see the training fold alone: one set for all, with the locality as a category,
    and one for each locality with 30 persons or more. Log odds are joined,
    ``(n own + k pool) / (n + k)`` with n the training persons of the locality and k the best of
    a few on the calibration fold. The result is calibrated on that fold, by isotonic regression
    for more than 1,000 persons, else by a line in log odds. The test fold is only reported on.

    References
    ----------
    Bansak, K. et al. (2018). Improving refugee integration through data-driven algorithmic
    assignment. Science 359, 325-329.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> who = {"person": np.arange(900)}
    >>> age = xr.DataArray(rng.integers(18, 60, 900), who)
    >>> place = xr.DataArray(rng.choice(["Astana", "Aktau"], 900), who)
    >>> young_in_astana = (age < 40) & (place == "Astana")
    >>> outcome = (rng.random(900) < 0.2 + 0.6 * young_in_astana).astype(int)
    >>> arrival = xr.DataArray(np.arange(900), who)
    >>> features = xr.Dataset({"age": age})
    >>> model = fit_employment(features, place, outcome, arrival, seed=1)
    >>> new = xr.Dataset({"age": ("person", [25])}, {"person": ["p1"]})
    >>> chance = model.chance(new).sel(person="p1")
    >>> bool(chance.sel(locality="Astana") > chance.sel(locality="Aktau") + 0.3)
    True
    """
    need_sklearn()
    if method not in get_args(EmploymentMethod):
        raise SchemaError(f"no method {method!r}", remedy=f"one of {get_args(EmploymentMethod)}")
    features = labelled(features)
    given = {"locality": locality, "outcome": outcome, "arrival": arrival}
    given |= {name: a for name, a in (("tied", tied), ("group", group)) if a is not None}
    aligned = align(features, given)
    names = tuple(sorted(str(name) for name in features.data_vars))
    columns = as_columns(features, names)
    worked = as_outcomes(aligned["outcome"])
    came = aligned["arrival"]
    left_out = aligned.get("tied", np.zeros(len(came), dtype=bool)).astype(bool)
    fold = folds(came, left_out, calibrate_from, test_from)
    places, place = np.unique(aligned["locality"].astype(str), return_inverse=True)
    refuse_hopeless(columns, place, worked, fold)
    parts: dict[str, tuple[Columns, Ints, Ints]] = {
        name: ({key: column[here] for key, column in columns.items()}, place[here], worked[here])
        for name, here in ((name, fold == name) for name in ("train", "calibrate", "test"))
    }
    own = method == "by_locality"
    trees = fit_trees(
        parts["train"], parts["calibrate"], localities=len(places), own=own, seed=seed
    )
    groups = aligned.get("group", np.array([])).astype(str)
    report = _report(trees, parts, groups[fold == "test"] if len(groups) else groups)
    return EmploymentModel(
        tuple(places.tolist()),
        xr.DataArray(fold, {"person": features.indexes["person"]}, name="fold"),
        trees.pull,
        report,
        _overlap(trees, parts["train"], places),
        trees,
        parts["train"][:2],
    )


def family_score(
    chance: xr.DataArray, family: xr.DataArray, *, outcome: FamilyOutcome
) -> xr.DataArray:
    """Score of families from the chances of their members.

    Parameters
    ----------
    chance : DataArray [person, locality], probability
        Chance of work of each member who looks for it.
    family : DataArray [person], text
        Family of each.
    outcome : {"at_least_one", "expected_workers", "mean"}
        Chance that somebody works, expected number in work, or mean chance.

    Returns
    -------
    DataArray [family, locality]
        The attribute ``outcome`` says which.

    Raises
    ------
    SchemaError
        The outcome is unknown, or chances are not between 0 and 1.
    CoverageError
        Persons differ.

    See Also
    --------
    keruen.decide.resettle.place_families : Takes the score.

    Notes
    -----
    ``1 - prod (1 - p)``, ``sum p`` or its mean. The first takes members as independent.

    Examples
    --------
    >>> who = {"person": ["p1", "p2"]}
    >>> chance = xr.DataArray([[0.10, 0.90], [0.08, 0.75]], {**who, "locality": ["A", "B"]})
    >>> family = xr.DataArray(["f1", "f1"], who)
    >>> family_score(chance, family, outcome="at_least_one").round(3).values.tolist()
    [[0.172, 0.975]]
    >>> family_score(chance, family, outcome="expected_workers").round(2).values.tolist()
    [[0.18, 1.65]]
    """
    require_dims(chance, "person", "locality", name="chance")
    if outcome not in get_args(FamilyOutcome):
        raise SchemaError(f"no outcome {outcome!r}", remedy=f"one of {get_args(FamilyOutcome)}")
    owner = align(chance, {"family": family})["family"].astype(str)
    values = chance.transpose("person", "locality").to_numpy().astype(float)
    if not ((values >= 0) & (values <= 1)).all():
        raise SchemaError(
            "chances are not between 0 and 1", where="chance", remedy="give probabilities"
        )
    names, row = np.unique(owner, return_inverse=True)
    total = np.zeros((len(names), values.shape[1]))
    if outcome == "at_least_one":
        total += 1.0
        np.multiply.at(total, row, 1 - values)
        total = 1 - total
    else:
        np.add.at(total, row, values)
        if outcome == "mean":
            total /= np.bincount(row)[:, None]
    labels = {"family": names, "locality": chance.indexes["locality"]}
    return xr.DataArray(total, labels, name="score", attrs={"outcome": outcome})


def _report(
    trees: Trees, parts: Mapping[str, tuple[Columns, Ints, Ints]], group: np.ndarray
) -> pd.DataFrame:
    columns, place, worked = parts["test"]
    chance = np.empty(len(worked))
    for at in np.unique(place).tolist():
        here = place == at
        chance[here] = trees.chance({k: v[here] for k, v in columns.items()}, [at])[:, 0]
    _, before, worked_before = parts["train"]
    size = max(int(place.max()), int(before.max())) + 1
    mean = float(worked_before.mean())
    count = np.bincount(before, minlength=size)
    shares = np.bincount(before, worked_before, minlength=size) / np.maximum(count, 1)
    reference = np.where(count > 0, shares, mean)[place]
    return scores(chance, worked, reference, group)


def _overlap(trees: Trees, train: tuple[Columns, Ints, Ints], places: np.ndarray) -> xr.DataArray:
    columns, place, _ = train
    matrix = trees.coder.matrix(columns)
    level = np.mean([trees.raw(matrix, at, np.inf) for at in range(len(places))], axis=0)
    edges = np.quantile(level, np.linspace(0, 1, _PROFILES + 1)[1:-1])
    shares = overlap(np.digitize(level, edges), place, (_PROFILES, len(places)))
    labels = {"profile": np.arange(1, _PROFILES + 1), "locality": places}
    return xr.DataArray(shares, labels, name="overlap", attrs={"units": "share"})
