# SPDX-License-Identifier: Apache-2.0
"""Irregular residents from two registers: how apprehensions rise with people registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import ConvergenceError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import cells_where, refuse_negative
from keruen.measure._irregular_bounds import irregular_estimate
from keruen.measure._ratio_cells import (
    fitted,
    log_likelihood,
    membership,
    ratio_cells,
    sampled_parameters,
    sizes,
)
from keruen.measure._ratio_fit import Floats, RatioCells, RatioFit, robust_variance
from keruen.measure.irregular_estimates import Covers, IrregularEstimate

RatioFamily = Literal["poisson", "negative_binomial"]

_CLUSTER: Final = "citizenship"
_WEAK: Final = 10.0
"""An upper limit so many times the lower is weak identification."""
_ASSUMES: Final = (
    "irregular residents of a citizenship are a power of those registered, and the share of "
    "them apprehended is a power of the share that the other authority found"
)


@dataclass(frozen=True)
class RatioModel:
    """Irregular residents from apprehensions, another authority's finds and a register.

    Parameters
    ----------
    estimate : IrregularEstimate
        All irregular residents, for each label of the dimensions of ``total_by``.
    coefficients : DataArray [term, statistic]
        ``estimate`` and HC3 ``standard_error`` of the terms of alpha and beta, and of the
        logarithm of gamma.
    gamma : float
        Share found where the other authority found nobody.
    dispersion : float
        Extra variance of the negative binomial; 0 for Poisson.
    log_likelihood : float
        At the maximum.
    excluded : int
        Cells without registered people, which take no part.

    See Also
    --------
    ratio_model : Makes it.
    """

    estimate: IrregularEstimate
    coefficients: xr.DataArray
    gamma: float
    dispersion: float
    log_likelihood: float
    excluded: int


def ratio_model(
    apprehended: xr.DataArray,
    identified: xr.DataArray,
    registered: xr.DataArray,
    *,
    moment: str,
    alpha: Sequence[str] = (),
    beta: Sequence[str] = (),
    total_by: Sequence[str] = (),
    family: RatioFamily = "poisson",
    covers: Covers = "stay",
    draws: int = 500,
    seed: int = 1,
) -> RatioModel:
    """Irregular residents by citizenship, from counts of three authorities.

    Parameters
    ----------
    apprehended : DataArray [citizenship, ...], persons
        Irregular foreigners apprehended, ``m``.
    identified : DataArray [citizenship, ...], persons
        Foreigners found by another authority, such as the police, ``n``.
    registered : DataArray [citizenship, ...], persons
        Registered foreigners, ``N``. Where a citizenship has another number only by year or
        sex, all three have these dimensions.
    moment : str
        The period.
    alpha, beta : sequence of str, optional
        Dimensions that the two exponents depend on, each label with its own effect.
    total_by : sequence of str, optional
        Dimensions to give totals by, such as year.
    family : {"poisson", "negative_binomial"}, optional
        How counts vary around what is expected.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.
    draws : int, optional
        Samples of whole citizenships for the interval, at least 100.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    RatioModel

    Raises
    ------
    SchemaError
        A count is negative or missing, a dimension is unknown, too few draws (``BadSetting``),
        or too few cells for the model (``Unidentified``).
    CoverageError
        The arrays do not hold the same cells.
    ConvergenceError
        The fit did not settle (``NotConverged``).

    Notes
    -----
    ``E m = N^alpha (gamma + n/N)^beta`` with ``gamma > 0``, fitted by pseudo-likelihood; the
    total is ``sum N^alpha``. Cells with ``N = 0`` are left out and counted. The data tell the
    product of the two factors; how it divides between them rests on the form of the model,
    which is why intervals may span orders of magnitude.

    References
    ----------
    Zhang, L.-C. (2008). Statistics Norway, Documents 2008/11.

    Beręsewicz, M., Pawlukiewicz, K. (2020). arXiv:2008.09407.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = xr.DataArray(np.exp(np.linspace(3, 11, 60)), dims="citizenship",
    ...     coords={"citizenship": [f"C{k:02}" for k in range(60)]}).round()
    >>> found = (people * 0.02).round()
    >>> caught = people.copy(data=rng.poisson(people**0.7 * (0.005 + found / people) ** 0.5))
    >>> model = ratio_model(caught, found, people, moment="2024", draws=100)
    >>> bool(model.estimate.lower < (people**0.7).sum() < model.estimate.upper)
    True
    """
    effects = dict.fromkeys([*alpha, *beta, *total_by])
    _check((apprehended, identified, registered), tuple(effects), draws=draws, family=family)
    apprehended, identified, registered = same_cells(
        *(one.rename(name) for name, one in zip(_NAMES, (apprehended, identified, registered),
                                                strict=True))
    )  # fmt: skip
    dims = apprehended.dims
    arrays = [one.transpose(*dims).to_numpy().astype(float) for one in (identified, registered)]
    places = np.argwhere(arrays[1] > 0)
    cells, terms = ratio_cells(apprehended, arrays, places, {"alpha": alpha, "beta": beta})
    dispersion, found = fitted(cells, family)
    if not found.settled[0]:
        raise ConvergenceError(
            "the fit did not settle", where=family, id="NotConverged",
            remedy="let fewer dimensions into alpha and beta", diagnostics={"family": family},
        )  # fmt: skip
    clusters = places[:, dims.index(_CLUSTER)]
    sampled = sampled_parameters(cells, clusters, found, dispersion, draws=draws, seed=seed)
    member, like = membership(apprehended, places, total_by)
    totals = sizes(cells, found.parameters)[0] @ member
    drawn = sizes(cells, sampled) @ member
    excluded = int(arrays[1].size - len(places))
    notes = _weaknesses(cells, totals, drawn, excluded)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return RatioModel(
        irregular_estimate(
            "ratio_model",
            (like.copy(data=one.reshape(like.shape)) for one in (totals, low, high)),
            covers=covers,
            moment=moment,
            assumption=_ASSUMES,
            interval=f"95 %, bootstrap of {draws} draws of citizenships",
            notes=notes,
        ),
        coefficients=_coefficients(cells, terms, found, dispersion),
        gamma=float(np.exp(found.parameters[0, -1])),
        dispersion=dispersion,
        log_likelihood=log_likelihood(cells, found, dispersion),
        excluded=excluded,
    )


_NAMES: Final = ("apprehended", "identified", "registered")


def _weaknesses(cells: RatioCells, totals: Floats, drawn: Floats, excluded: int) -> list[str]:
    """What a reader must know before using the figure."""
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    lost = float(np.isnan(drawn).any(axis=1).mean())
    notes = []
    if lost:
        notes.append(f"{lost:.1%} of the samples did not settle and are left out")
    if (high > _WEAK * low).any():
        notes.append("weakly identified: the upper limit is more than ten times the lower")
    if excluded:
        notes.append(f"{excluded} cells without registered people are left out")
    if totals.sum() < cells.caught.sum():
        notes.append("the total is below the number apprehended: the model does not hold here")
    return notes


def _coefficients(
    cells: RatioCells, terms: list[str], found: RatioFit, dispersion: float
) -> xr.DataArray:
    variance = robust_variance(
        cells, found.parameters[0], found.information[0], dispersion=dispersion
    )
    error = np.sqrt(np.maximum(np.diag(variance), 0))
    table = xr.DataArray(
        np.column_stack([found.parameters[0], error]),
        dims=("term", "statistic"),
        coords={"term": terms, "statistic": ["estimate", "standard_error"]},
    )
    return stamp(table, name="coefficients", units="1", kind="index")


def _check(
    arrays: tuple[xr.DataArray, ...],
    effects: Sequence[str],
    *,
    draws: int,
    family: str,
) -> None:
    faults: list[WorkbenchError] = []
    for name, array in zip(_NAMES, arrays, strict=True):
        require_dims(array, _CLUSTER, *effects, name=name)
        refuse_negative(array, name=name)
        if empty := cells_where(array, np.asarray(array.isnull())):
            faults.append(
                SchemaError(
                    f"{name} is missing", where=empty, id="MissingCell",
                    remedy="write 0 where nobody was, or leave the citizenship out",
                )
            )  # fmt: skip
    settings = {"draws": draws >= 100, "family": family in ("poisson", "negative_binomial")}
    faults += [
        SchemaError(
            f"{name} is out of range", where=name, id="BadSetting",
            remedy="at least 100 draws; poisson or negative_binomial",
        )
        for name, good in settings.items()
        if not good
    ]  # fmt: skip
    raise_faults(faults)
