# SPDX-License-Identifier: Apache-2.0
"""Estimates that divide what is seen by the share seen: multiplier, two lists, scale-up."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import cells_where, refuse_negative
from keruen.measure._irregular_bounds import irregular_estimate, log_normal_interval
from keruen.measure.irregular_estimates import Covers, IrregularEstimate

Grade = Literal["A", "B", "C"]
"""How good a source is: A a measured share, B one of another group or time, C a judgement."""


def multiplier_estimate(
    observed: xr.DataArray,
    *,
    proportion: tuple[float, float] | tuple[float, float, float],
    grade: Grade,
    moment: str,
    covers: Covers = "stay",
) -> IrregularEstimate:
    """Population of which an assumed share was observed.

    Parameters
    ----------
    observed : DataArray [...], persons
        People observed, such as irregular foreigners among police suspects.
    proportion : tuple of two or three numbers
        Share of the population that was observed: lowest and highest, or lowest, best and
        highest.
    grade : {"A", "B", "C"}
        How good the source of the proportion is: measured, borrowed, or a judgement.
    moment : str
        The period.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.

    Returns
    -------
    IrregularEstimate
        Bounds; the value is missing unless a best proportion is given.

    Raises
    ------
    SchemaError
        The proportions are not shares in order (``SharesNotPossible``), or a count is
        negative (``NegativeInput``).

    Notes
    -----
    ``observed / proportion``. The bounds are as good as those of the proportion; they are not
    a confidence interval.

    References
    ----------
    Jandl, M., Vogel, D., Iglicka, K. (2008). CLANDESTINO, deliverable D3.

    Examples
    --------
    >>> found = multiplier_estimate(
    ...     xr.DataArray(5000.0), proportion=(0.05, 0.15), grade="C", moment="2024")
    >>> round(found.lower.item()), round(found.upper.item())
    (33333, 100000)
    """
    refuse_negative(observed, name="observed")
    low, high = proportion[0], proportion[-1]
    if not (0 < low <= high <= 1 and list(proportion) == sorted(proportion)):
        raise SchemaError(
            f"the proportion is not shares in order: {', '.join(map(str, proportion))}",
            where="proportion",
            remedy="give the lowest and highest share, above 0 and at most 1: above 1 the total "
            "would be below the people observed",
            id="SharesNotPossible",
        )
    best = proportion[1] if len(proportion) == 3 else np.nan
    return irregular_estimate(
        "multiplier",
        (observed / one for one in (best, high, low)),
        covers=covers,
        moment=moment,
        assumption="the share observed lies within the bounds given, for every group",
        interval=f"bounds of the proportion, source graded {grade}",
        notes=("the proportion is a judgement",) if grade == "C" else (),
    )


def two_list_estimate(
    first: xr.DataArray,
    second: xr.DataArray,
    both: xr.DataArray,
    *,
    moment: str,
    covers: Covers = "stay",
) -> IrregularEstimate:
    """Population from two lists of persons and those who stand on both.

    Parameters
    ----------
    first, second : DataArray [...], persons
        People on each list.
    both : DataArray [same dims], persons
        People on both.
    moment : str
        The period.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.

    Returns
    -------
    IrregularEstimate
        With a log-normal interval that is never below the people counted.

    Raises
    ------
    SchemaError
        More people are on both lists than on one (``InconsistentTotals``), or a count is
        negative (``NegativeInput``).
    CoverageError
        The arrays do not hold the same cells.

    Notes
    -----
    Chapman's ``(n1 + 1)(n2 + 1)/(m + 1) - 1`` with variance
    ``(n1 + 1)(n2 + 1)(n1 - m)(n2 - m)/((m + 1)^2 (m + 2))``.

    References
    ----------
    Chapman, D. G. (1951). University of California Publications in Statistics 1, 131-160.

    Examples
    --------
    >>> found = two_list_estimate(*(xr.DataArray(n) for n in (200, 150, 30)), moment="2024")
    >>> round(found.value.item(), 1)
    978.1
    """
    for name, array in (("first", first), ("second", second), ("both", both)):
        refuse_negative(array, name=name)
    first, second, both = same_cells(first, second, both)
    fewer = np.minimum(first, second)
    if found := cells_where(both, np.asarray((both > fewer).to_numpy())):
        raise SchemaError(
            "more people stand on both lists than on one of them",
            where=found,
            remedy="check how the lists were linked",
            id="InconsistentTotals",
        )
    size = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both)
    variance = variance / ((both + 1) ** 2 * (both + 2))
    lower, upper = log_normal_interval(size, variance**0.5, first + second - both)
    none = bool((both == 0).any())
    weak = "nobody is on both lists in some cell: the figure rests on the correction"
    return irregular_estimate(
        "two_lists",
        (size, lower, upper),
        covers=covers,
        moment=moment,
        assumption="being on one list does not change the chance of being on the other; links "
        "are right; nobody enters or leaves in the period",
        interval="95 %, log-normal",
        notes=(weak,) if none else (),
    )


def scale_up_estimate(
    known: xr.DataArray,
    circle: xr.DataArray,
    *,
    population: float,
    moment: str,
    visibility: float = 1.0,
    popularity: float = 1.0,
    covers: Covers = "stay",
    draws: int = 2000,
    seed: int = 1,
) -> IrregularEstimate:
    """Population from how many irregular migrants people know.

    Parameters
    ----------
    known : DataArray [respondent], persons
        Irregular migrants that each respondent knows.
    circle : DataArray [respondent], persons
        All people that each respondent knows, from questions on groups of known size.
    population : float
        People in the country.
    moment : str
        Date of the survey.
    visibility : float, optional
        Share of irregular migrants whose status their acquaintances know.
    popularity : float, optional
        Size of their circle relative to that of others.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.
    draws : int, optional
        Samples of respondents for the interval.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    IrregularEstimate

    Raises
    ------
    SchemaError
        A number is negative (``NegativeInput``), nobody knows anybody (``Empty``), or the
        adjustments are not possible (``SharesNotPossible``).
    CoverageError
        The arrays do not hold the same respondents.

    Notes
    -----
    ``N sum(y) / (sum(d) visibility popularity)``; the interval resamples respondents.

    References
    ----------
    Feehan, D. M., Salganik, M. J. (2016). Sociological Methodology 46(1), 153-186.

    Examples
    --------
    >>> people = {"respondent": range(1000)}
    >>> found = scale_up_estimate(xr.DataArray([0.45] * 1000, coords=people),
    ...     xr.DataArray([300.0] * 1000, coords=people), population=20e6, moment="2024")
    >>> round(found.value.item())
    30000
    """
    faults: list[WorkbenchError] = []
    refuse_negative(known, name="known")
    refuse_negative(circle, name="circle")
    known, circle = same_cells(known, circle)
    if not float(circle.sum()) > 0:
        faults.append(
            SchemaError(
                "nobody knows anybody", where="circle", remedy="give sizes above 0", id="Empty"
            )
        )
    if not 0 < visibility <= 1 or not popularity > 0:
        faults.append(
            SchemaError(
                f"adjustments are not possible: {visibility}, {popularity}",
                where="visibility, popularity",
                remedy="visibility above 0 and at most 1, popularity above 0",
                id="SharesNotPossible",
            )
        )
    raise_faults(faults)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(known.size, np.full(known.size, 1 / known.size), size=draws)
    scale = population / (visibility * popularity)
    value = scale * float(known.sum()) / float(circle.sum())
    sampled = scale * (times @ known.to_numpy()) / (times @ circle.to_numpy())
    low, high = np.quantile(sampled, [0.025, 0.975])
    plain = visibility == 1.0 and popularity == 1.0
    return irregular_estimate(
        "scale_up",
        (xr.DataArray(one) for one in (value, low, high)),
        covers=covers,
        moment=moment,
        assumption="everybody is as likely to be known by the respondents; answers are right",
        interval=f"95 %, bootstrap of {draws} draws of respondents",
        notes=("not adjusted for status that acquaintances do not know",) if plain else (),
    )
