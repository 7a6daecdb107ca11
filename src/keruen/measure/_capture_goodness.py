# SPDX-License-Identifier: Apache-2.0
"""Whether a model gives the numbers of people caught once, twice and so on."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure._capture_cells import TIMES, CaptureCells
from keruen.measure._count_fit import Cells, Fit, describe
from keruen.measure._count_models import CountModel, Floats
from keruen.measure.capture_result import Goodness

_SMALL: Final = 5.0
"""Fitted numbers below this are put together."""


def goodness(model: CountModel, cells: CaptureCells, found: Fit) -> tuple[Goodness, xr.DataArray]:
    """Tests of the fit, and the table ``[series, captures]`` of observed and fitted."""
    from scipy.special import gammaincc

    most = int(cells.groups.times.max())
    times = np.arange(1, most + 1)
    observed = np.bincount(cells.groups.times, weights=cells.people, minlength=most + 1)
    fitted = fitted_counts(model, cells, found, times)
    total = observed.sum()
    table = stamp(
        xr.DataArray(
            np.stack([[np.nan, *observed[1:]], [fitted[-1], *fitted[:-1]]]),
            dims=("series", TIMES),
            coords={"series": ["observed", "fitted"], TIMES: np.arange(most + 1)},
        ),
        name="persons",
        units="persons",
        kind="count",
    )
    ends = _groups(fitted[:-1], total)
    expected, seen = (np.add.reduceat(a, ends) for a in (_closed(fitted[:-1], total), observed[1:]))
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=seen > 0)
    chi, likelihood = (
        float(((seen - expected) ** 2 / expected).sum()),
        2 * float((seen * np.log(ratio)).sum()),
    )
    coefficients = 1 if len(cells.terms) == 1 else 2
    freedom = len(ends) - 1 - coefficients - len(model.extra)
    value = float(gammaincc(freedom / 2, chi / 2)) if freedom > 0 else np.nan
    return Goodness(chi, likelihood, max(freedom, 0), value, len(ends)), table


def fitted_counts(model: CountModel, cells: CaptureCells, found: Fit, times: np.ndarray) -> Floats:
    """Expected people caught each number of times, and at the end those never caught."""
    design = cells.groups.design
    copies = Cells(np.repeat(design, len(times), axis=0), np.tile(times, len(design)))
    with np.errstate(all="ignore"):
        share = np.exp(describe(model, copies, found.parameters).log_share.value[0])
        weight = describe(model, cells.groups, found.parameters).people.value[0]
    by_times = cells.people @ share.reshape(len(design), len(times))
    return np.append(by_times, (cells.people * (weight - 1)).sum())


def _closed(fitted: Floats, total: float) -> Floats:
    """Fitted numbers whose last also holds all larger numbers of captures."""
    last = max(total - fitted[:-1].sum(), 0.0)
    return np.append(fitted[:-1], last)


def _groups(fitted: Floats, total: float) -> list[int]:
    """First places of groups from the left, none with a fitted number too small."""
    tails = np.cumsum(_closed(fitted, total)[::-1])[::-1]
    starts = [0]
    for place in range(1, len(fitted)):
        if fitted[starts[-1] : place].sum() >= _SMALL and tails[place] >= _SMALL:
            starts.append(place)
    return starts
