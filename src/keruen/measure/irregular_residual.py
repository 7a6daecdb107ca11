# SPDX-License-Identifier: Apache-2.0
"""Irregular residents as what is left: people surveyed less those who live there legally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import refuse_negative
from keruen.measure._irregular_bounds import irregular_estimate, persons
from keruen.measure.irregular_estimates import IrregularEstimate

if TYPE_CHECKING:
    import pandas as pd

Bounds = tuple[float, float]
"""Lowest and highest value of a rate that is held possible."""

_ASSUMES: Final = (
    "the survey and the permits count the same people; the rates lie within the bounds given"
)


@dataclass(frozen=True)
class ResidualEstimate:
    """Irregular residents as a residual.

    Parameters
    ----------
    estimate : IrregularEstimate
        The number, 0 where the residual is below.
    raw : DataArray [...], persons
        The residual as it comes out, below 0 too.
    legal : DataArray [bound, ...], persons
        Legal residents, ``lower``, ``value`` and ``upper``.
    share_of_variance : DataArray [source]
        Share of the variance of the total that each uncertain rate brings by itself.
    adjustments : DataFrame
        Cells set to 0: their labels, ``before``, ``after``, ``reason``.

    See Also
    --------
    residual_estimate : Makes it.
    """

    estimate: IrregularEstimate
    raw: xr.DataArray
    legal: xr.DataArray
    share_of_variance: xr.DataArray
    adjustments: pd.DataFrame


def residual_estimate(
    surveyed: xr.DataArray,
    admissions: xr.DataArray,
    *,
    year: int,
    mortality: Bounds,
    emigration: Bounds,
    undercount_legal: Bounds,
    undercount_irregular: Bounds,
    survey_error: xr.DataArray | float = 0.0,
    draws: int = 10_000,
    seed: int = 1,
) -> ResidualEstimate:
    """Irregular residents: surveyed foreign-born less the legal among them.

    Parameters
    ----------
    surveyed : DataArray [...], persons
        Foreign-born people that a survey or census counted.
    admissions : DataArray [year, ...], persons
        People admitted to live in the country, by year of admission.
    year : int
        Year of the survey.
    mortality, emigration : tuple of two numbers
        Lowest and highest yearly probability of dying, and of leaving for good.
    undercount_legal, undercount_irregular : tuple of two numbers
        Lowest and highest share of legal and of irregular residents whom the survey missed.
    survey_error : DataArray or float, optional
        Standard error of ``surveyed``, persons.
    draws : int, optional
        Number of draws.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    ResidualEstimate

    Raises
    ------
    SchemaError
        A number is negative (``NegativeInput``), bounds are not shares in order
        (``SharesNotPossible``), or admissions are later than the survey (``LaterYear``).
    CoverageError
        The arrays do not hold the same groups.

    See Also
    --------
    keruen.measure.irregular_estimates.joint_view : Sets it beside other estimates.

    Notes
    -----
    ``U = (F - L (1 - u_L)) / (1 - u_U)`` with legal residents
    ``L = sum A_t ((1 - q) (1 - e))^(year - t)``. Each rate is drawn evenly between its bounds,
    the same for all groups; the value is that at the middle of the bounds. The interval is
    that of the draws: it holds what is known of the rates, no more.

    References
    ----------
    Warren, R., Passel, J. S. (1987). Demography 24(3), 375-393.

    Van Hook, J. et al. (2021). Demography 58(6).

    Examples
    --------
    >>> surveyed = xr.DataArray([850.0], coords={"birthplace": ["UZB"]})
    >>> admitted = xr.DataArray(
    ...     [[500.0], [500.0]], coords={"year": [2023, 2024], "birthplace": ["UZB"]})
    >>> found = residual_estimate(surveyed, admitted, year=2024, mortality=(0, 0),
    ...     emigration=(0.2, 0.2), undercount_legal=(0, 0), undercount_irregular=(0.2, 0.2))
    >>> found.estimate.value.item()
    0.0
    >>> found.raw.item(), found.adjustments["reason"].item()
    (-62.5, 'residual below 0')
    """
    bounds = {
        "mortality": mortality,
        "emigration": emigration,
        "undercount_legal": undercount_legal,
        "undercount_irregular": undercount_irregular,
    }
    _check(surveyed, admissions, year, bounds)
    admitted = admissions.transpose("year", *[d for d in admissions.dims if d != "year"])
    surveyed, _ = same_cells(surveyed, admitted.isel(year=0, drop=True))
    surveyed = surveyed.transpose(*admitted.dims[1:])
    rng = np.random.default_rng(seed)
    rates = {name: rng.uniform(*pair, draws) for name, pair in bounds.items()}
    rates = {name: np.concatenate([[np.mean(bounds[name])], one]) for name, one in rates.items()}
    error = np.broadcast_to(np.asarray(survey_error, dtype=float), surveyed.shape)
    noise = np.concatenate(
        [np.zeros((1, *surveyed.shape)), rng.normal(size=(draws, *surveyed.shape))]
    )
    counted = surveyed.to_numpy() + noise * error
    back = year - admitted["year"].to_numpy()
    legal, raw = _residual(counted, admitted.to_numpy(), back, rates)
    return _result(surveyed, legal, raw, year, _shares(counted, admitted, back, rates))


def _residual(
    counted: np.ndarray, admitted: np.ndarray, back: np.ndarray, rates: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Legal residents, and the residual, of each draw [draw, ...]."""
    kept = (1 - rates["mortality"]) * (1 - rates["emigration"])
    legal = np.tensordot(kept[:, None] ** back, admitted, axes=1)

    def shaped(share: np.ndarray) -> np.ndarray:
        return (1 - share).reshape(-1, *[1] * (legal.ndim - 1))

    found = legal * shaped(rates["undercount_legal"])
    return legal, (counted - found) / shaped(rates["undercount_irregular"])


def _shares(
    counted: np.ndarray, admitted: xr.DataArray, back: np.ndarray, rates: dict[str, np.ndarray]
) -> xr.DataArray:
    """Variance of the total when one source varies and the others stay at their middle."""
    middle = {name: np.full(len(one), one[0]) for name, one in rates.items()}
    fixed = np.broadcast_to(counted[:1], counted.shape)
    spread = {
        name: _residual(fixed, admitted.to_numpy(), back, middle | {name: one})[1]
        for name, one in rates.items()
    }
    spread["survey"] = _residual(counted, admitted.to_numpy(), back, middle)[1]
    variance = {
        name: float(np.var(one.reshape(len(one), -1).sum(axis=1))) for name, one in spread.items()
    }
    whole = sum(variance.values())
    shares = [one / whole if whole else np.nan for one in variance.values()]
    return xr.DataArray(
        shares, coords={"source": list(variance)}, name="share_of_variance",
        attrs={"units": "1", "kind": "share"},
    )  # fmt: skip


def _result(
    like: xr.DataArray, legal: np.ndarray, raw: np.ndarray, year: int, shares: xr.DataArray
) -> ResidualEstimate:
    from keruen.core.tables import to_table

    def bound(draws_: np.ndarray, floor: float | None) -> list[xr.DataArray]:
        low, high = np.quantile(draws_[1:], [0.025, 0.975], axis=0)
        three = (low, draws_[0], high)
        return [like.copy(data=one if floor is None else np.maximum(one, floor)) for one in three]

    lower, value, upper = bound(raw, 0.0)
    first = persons(like.copy(data=raw[0]), "residual")
    changed = to_table(first.rename("before")) if first.ndim else _single(first)
    changed = changed[changed["before"] < 0].assign(after=0.0, reason="residual below 0")
    notes = (f"the residual is below 0 in {len(changed)} cells: see raw",) if len(changed) else ()
    names = xr.DataArray(["lower", "value", "upper"], dims="bound", name="bound")
    return ResidualEstimate(
        irregular_estimate(
            "residual",
            (value, lower, upper),
            covers="stay",
            moment=str(year),
            assumption=_ASSUMES,
            interval="95 % of draws of the rates",
            notes=notes,
        ),
        raw=first,
        legal=persons(xr.concat(bound(legal, None), dim=names), "legal_residents"),
        share_of_variance=shares,
        adjustments=changed.reset_index(drop=True),
    )


def _single(first: xr.DataArray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"before": [float(first)]})


def _check(
    surveyed: xr.DataArray, admissions: xr.DataArray, year: int, bounds: dict[str, Bounds]
) -> None:
    require_dims(admissions, "year", name="admissions")
    require_dims(surveyed, name="surveyed")
    refuse_negative(surveyed, name="surveyed")
    refuse_negative(admissions, name="admissions")
    faults: list[WorkbenchError] = [
        SchemaError(
            f"{name} is not a pair of shares in order: {pair[0]}, {pair[1]}",
            where=name,
            remedy="give the lowest and the highest share, from 0 to below 1",
            id="SharesNotPossible",
        )
        for name, pair in bounds.items()
        if not 0 <= pair[0] <= pair[1] < 1
    ]
    late = [int(one) for one in admissions["year"].to_numpy() if one > year]
    if late:
        faults.append(
            SchemaError(
                f"admissions of {late[0]} are later than the survey", where="admissions",
                remedy=f"give years up to {year}", id="LaterYear",
            )
        )  # fmt: skip
    raise_faults(faults)
