# SPDX-License-Identifier: Apache-2.0
"""What another placement of past persons would honestly have brought."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import ApproximationWarning, CoverageError, SchemaError
from keruen.decide._employment import Floats, Ints, fit_placement
from keruen.decide._employment_case import align, as_columns, as_outcomes
from keruen.decide.employment_model import EmploymentModel

_FEW: Final = 30
"""Effective number of matched persons below which a value is not to be relied on."""


@dataclass(frozen=True)
class PolicyValue:
    """Share in work under a policy: honest, and as the model would have it.

    Parameters
    ----------
    value, low, high : float
        Doubly robust estimate with its interval.
    naive : float
        Mean chance that the model predicts: too high, because a policy seeks out its errors.
    observed : float
        Share in work as persons were placed.
    gain, gain_low, gain_high : float
        Value less observed.
    naive_gain : float
        Naive less observed.
    persons, matched : int
        Persons, and those who were in fact placed where the policy would.
    effective : float
        Effective number of matched persons, after weighing.
    largest_weight : float
        Largest weight of one of them: the inverse of the chance of the placement.
    """

    value: float
    low: float
    high: float
    naive: float
    observed: float
    gain: float
    gain_low: float
    gain_high: float
    naive_gain: float
    persons: int
    matched: int
    effective: float
    largest_weight: float


def policy_value(
    model: EmploymentModel,
    features: xr.Dataset,
    locality: xr.DataArray,
    outcome: xr.DataArray,
    policy: xr.DataArray,
    *,
    seed: int,
    placed: xr.DataArray | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> PolicyValue:
    """Share in work if persons had been placed by a policy, with its interval.

    Parameters
    ----------
    model : EmploymentModel
        Chances of work.
    features : Dataset [person]
        Features of persons that the model was not fitted to, such as those of the test fold.
        Where the coordinate ``family`` on ``person`` is given, families are drawn whole.
    locality : DataArray [person], text
        Where they were placed.
    outcome : DataArray [person], 0 or 1
        Whether they were in work.
    policy : DataArray [person], text
        Where the policy would place them.
    seed : int
        The same seed gives the same interval.
    placed : DataArray [person, locality], probability, optional
        Chance of each past placement; learned from the training persons when not given.
    draws : int, optional
        Bootstrap draws.
    level : float, optional
        Level of the interval.

    Returns
    -------
    PolicyValue

    Raises
    ------
    SchemaError
        Persons were used to fit the model (``TrainedOn``), or a placement that happened has
        chance 0 (``NoOverlap``).
    CoverageError
        Persons differ, or a locality is unknown.

    Warns
    -----
    ApproximationWarning
        Fewer than 30 persons, after weighing, were in fact placed where the policy would.

    See Also
    --------
    keruen.decide.employment_model.fit_employment : Fits the chances.

    Notes
    -----
    ``V = mean(m(pi, X) + 1{L = pi} / e(L | X) (Y - m(L, X)))`` with m the chance of work and e
    that of the past placement: right if either of them is. The interval is that of the bootstrap
    percentiles, with m and e held.

    References
    ----------
    Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression coefficients
    when some regressors are not always observed. JASA 89, 846-866.
    Strasser Ceballos, C. and Kern, C. (2025). Location matching on shaky grounds. FAccT.

    Examples
    --------
    >>> from keruen.decide.employment_model import fit_employment
    >>> rng = np.random.default_rng(1)
    >>> who = {"person": np.arange(1500)}
    >>> place = xr.DataArray(rng.choice(["Astana", "Aktau"], 1500), who)
    >>> outcome = (rng.random(1500) < xr.where(place == "Astana", 0.6, 0.3)).astype(int)
    >>> features = xr.Dataset({"age": xr.DataArray(rng.integers(18, 60, 1500), who)})
    >>> model = fit_employment(features, place, outcome, place.person, seed=1)
    >>> test = model.fold == "test"
    >>> there = xr.full_like(place[test], "Astana")
    >>> past = features.sel(person=test), place[test], outcome[test]
    >>> found = policy_value(model, *past, there, seed=1)
    >>> found.low < 0.6 < found.high
    True
    """
    given = {"locality": locality, "outcome": outcome, "policy": policy}
    aligned = align(features, given)
    _refuse_trained(model, features)
    at, goal = (_numbered(model, aligned[name], name) for name in ("locality", "policy"))
    worked = as_outcomes(aligned["outcome"]).astype(float)
    chance = model.chance(features).to_numpy()
    every = np.arange(len(at))
    e = _placed(model, features, placed)[every, at]
    same = at == goal
    if (e[same] <= 0).any():
        raise SchemaError(
            f"{(e[same] <= 0).sum()} persons were placed where their chance to be placed is 0",
            where="placed",
            remedy="give chances above 0 for what has happened",
            id="NoOverlap",
        )
    weight = np.zeros(len(at))
    weight[same] = 1 / e[same]
    predicted = chance[every, goal]
    parts = predicted + weight * (worked - chance[every, at])
    both = np.stack([parts, parts - worked], axis=1)
    drawn = _bootstrap(both, _clusters(features), seed, draws)
    tail = (1 - level) / 2
    (low, gain_low), (high, gain_high) = np.quantile(drawn, [tail, 1 - tail], axis=0).tolist()
    value, gain = both.mean(axis=0).tolist()
    naive, observed = float(predicted.mean()), float(worked.mean())
    squares = float((weight**2).sum())
    effective = float(weight.sum() ** 2 / squares) if squares else 0.0
    if effective < _FEW:
        warnings.warn(
            f"{same.sum()} persons were in fact placed where the policy would place them "
            f"({effective:.1f} after weighing): neither value nor interval can be relied on",
            ApproximationWarning,
            stacklevel=2,
        )
    return PolicyValue(
        value=value,
        low=low,
        high=high,
        naive=naive,
        observed=observed,
        gain=gain,
        gain_low=gain_low,
        gain_high=gain_high,
        naive_gain=naive - observed,
        persons=len(at),
        matched=int(same.sum()),
        effective=effective,
        largest_weight=float(weight.max(initial=0.0)),
    )


def _refuse_trained(model: EmploymentModel, features: xr.Dataset) -> None:
    used = model.fold.indexes["person"][np.isin(model.fold, ("train", "calibrate"))]
    known = features.indexes["person"].intersection(used)
    if len(known):
        raise SchemaError(
            f"the model was fitted to persons {few(known)}",
            where="features",
            remedy="give persons that it has not seen, such as those of the test fold",
            id="TrainedOn",
        )


def _numbered(model: EmploymentModel, names: np.ndarray, where: str) -> Ints:
    place = {name: number for number, name in enumerate(model.localities)}
    odd = sorted(set(names.astype(str).tolist()) - set(place))
    if odd:
        raise CoverageError(
            f"the model knows nothing of {few(odd)}",
            where=where,
            remedy="leave out persons in localities without past placements",
            id="UnknownLabel",
        )
    return np.array([place[str(name)] for name in names], dtype=np.int64)


def _placed(model: EmploymentModel, features: xr.Dataset, placed: xr.DataArray | None) -> Floats:
    if placed is None:
        columns, place = model._train  # noqa: SLF001
        estimate = fit_placement(columns, place, localities=len(model.localities))
        return estimate(as_columns(features, tuple(columns)))
    chosen = placed.sel(person=features.indexes["person"], locality=list(model.localities))
    return chosen.transpose("person", "locality").to_numpy().astype(float)


def _clusters(features: xr.Dataset) -> Ints:
    """Those drawn together: families where they are given."""
    if "family" not in features.coords:
        return np.arange(features.sizes["person"])
    _, cluster = np.unique(features["family"].to_numpy().astype(str), return_inverse=True)
    return cluster


def _bootstrap(parts: Floats, cluster: Ints, seed: int, draws: int) -> Floats:
    """Means over draws of whole clusters."""
    count = int(cluster.max()) + 1
    sums = np.zeros((count, parts.shape[1] + 1))
    np.add.at(sums, cluster, np.column_stack([parts, np.ones(len(parts))]))
    rng = np.random.default_rng(seed)
    found = np.empty((draws, parts.shape[1]))
    for draw in range(draws):
        times = np.bincount(rng.integers(count, size=count), minlength=count)
        total = times @ sums
        found[draw] = total[:-1] / total[-1]
    return found
