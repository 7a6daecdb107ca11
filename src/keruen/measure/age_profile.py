# SPDX-License-Identifier: Apache-2.0
"""Indices of an age profile of migration: its peak, its slopes, and its labour terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError, UnitsError
from keruen.measure._checks import Floats, cells_where, missing_reason, over, refuse_negative
from keruen.measure._schedule_checks import single_years
from keruen.measure._schedule_parameters import read_parameters
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LabourIndices", "PeakIndices", "labour_indices", "peak_indices"]

_YEARS: Final = "years"


@dataclass(frozen=True)
class PeakIndices:
    """Indices of age profiles, one value for each cell of the dimensions other than age.

    Parameters
    ----------
    gross_migraproduction_rate : DataArray [...], moves per person
        Sum of single-year rates: moves in a lifetime lived under them without dying.
    peak_age : DataArray [...], years
        Age of the highest rate within the ages of study.
    peak_intensity : DataArray [...], per person-year
        The rate at that age.
    peak_intensity_share : DataArray [...], share
        The same as a share of the gross migraproduction rate: free of the overall level.
    peak_breadth : DataArray [...], moves per person
        Sum of rates within some years of the peak on either side.
    peak_share : DataArray [...], share
        The same as a share of the gross migraproduction rate.
    rise_age, fall_age : DataArray [...], years
        Ages of the steepest rise before and the steepest fall after the peak.
    asymmetry : DataArray [...]
        Age of the rise over age of the fall.
    low_age : DataArray [...], years
        Age of the lowest rate before the peak, within the ages of study.
    labour_shift : DataArray [...], years
        From the low point to the peak.
    jump : DataArray [...], per person-year
        Rate at the peak less rate at the low point.
    """

    gross_migraproduction_rate: xr.DataArray
    peak_age: xr.DataArray
    peak_intensity: xr.DataArray
    peak_intensity_share: xr.DataArray
    peak_breadth: xr.DataArray
    peak_share: xr.DataArray
    rise_age: xr.DataArray
    fall_age: xr.DataArray
    asymmetry: xr.DataArray
    low_age: xr.DataArray
    labour_shift: xr.DataArray
    jump: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one column an index."""
        return table_of(self)


@dataclass(frozen=True)
class LabourIndices:
    """Indices of the parameters of a model schedule.

    Parameters
    ----------
    child_dependency : DataArray [...]
        ``a1 / a2``: level of the child term against that of the labour term.
    labour_dependency : DataArray [...]
        ``a2 / a1``.
    labour_asymmetry : DataArray [...]
        ``lambda2 / alpha2``: how much faster the labour term rises than it falls.
    regularity : DataArray [...]
        ``alpha1 / alpha2``: 1 when children move as the ages of their parents would have it.
    labour_peak_age : DataArray [...], years
        ``mu2 + ln(lambda2 / alpha2) / lambda2``: where the labour term is highest.
    """

    child_dependency: xr.DataArray
    labour_dependency: xr.DataArray
    labour_asymmetry: xr.DataArray
    regularity: xr.DataArray
    labour_peak_age: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one column an index."""
        return table_of(self)


def peak_indices(
    rate: xr.DataArray, *, ages: tuple[int, int] = (5, 65), breadth: int = 5
) -> PeakIndices:
    """Peak, slopes and level of age profiles of migration.

    Parameters
    ----------
    rate : DataArray [..., age], per person-year
        Rates by single year of age, smooth: observed rates give ages of steepest rise and
        fall that are mostly noise.
    ages : (int, int), optional
        Youngest and oldest age at which the peak is looked for, both included.
    breadth : int, optional
        Years on either side that belong to the peak.

    Returns
    -------
    PeakIndices

    Raises
    ------
    SchemaError
        Ages are not consecutive single years (``AgeGroups``), or a rate is negative.
    CoverageError
        A rate is missing, or no age lies within the ages of study.
    UnitsError
        Counts were given in place of rates.

    See Also
    --------
    smooth_schedule : Smooth rates from observed ones.
    fit_rogers_castro : Smooth rates from a model.

    Notes
    -----
    The change from one age to the next is dated to the later age. Ages of study and the
    window of the peak are ages, not places in the array: the function of the package
    *migest* that is mostly used takes places, so that its window is one year too young
    when ages start at 0 (Brazil 2000, peak at 24: it sums ages 18 to 28 and gives 147 per
    100; ages 19 to 29 give 149). It also leaves out both ends of the ages of study, and
    looks for the age at the peak over all ages but for the rate there over these. Values
    are missing where they do not exist: the breadth when the rates do not reach to both ends of
    the window, a rise or a fall when there is none.

    References
    ----------
    Bernard, A., Bell, M. and Charles-Edwards, E. (2014). Population Studies 68(2), 179-195.
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.
    Rogers, A. and Castro, L. J. (1981). Model Migration Schedules. IIASA RR-81-30.

    Examples
    --------
    >>> from keruen.measure.schedules import rogers_castro_schedule
    >>> fundamental = {"a1": 0.02, "alpha1": 0.1, "c": 0.003,
    ...                "a2": 0.06, "alpha2": 0.1, "mu2": 20, "lambda2": 0.4}
    >>> found = peak_indices(rogers_castro_schedule(range(101), fundamental))
    >>> found.peak_age.item(), found.rise_age.item(), found.fall_age.item()
    (23.0, 20.0, 28.0)
    """
    years, values = _profile(rate, ages)
    found = _peak(values, years, ages, breadth)

    def cell(name: str, units: str) -> xr.DataArray:
        data = found[name].reshape([rate.sizes[d] for d in _outer(rate)])
        array = xr.DataArray(data, coords={d: rate.indexes[d] for d in _outer(rate)})
        facts = missing_reason(array, {"does not exist in this profile": np.isnan(data)})
        return stamp(array, name=name, units=units, kind="index", inputs=[rate], **facts)

    units = dict.fromkeys(("peak_age", "rise_age", "fall_age", "low_age", "labour_shift"), _YEARS)
    units |= dict.fromkeys(("gross_migraproduction_rate", "peak_breadth"), "moves per person")
    units |= dict.fromkeys(("peak_intensity", "jump"), "per person-year")
    return PeakIndices(**{name: cell(name, units.get(name, "1")) for name in found})


def _outer(rate: xr.DataArray) -> list[str]:
    return [str(d) for d in rate.dims if d != "age"]


def _profile(rate: xr.DataArray, ages: tuple[int, int]) -> tuple[Floats, Floats]:
    """Ages and rates ``(n, A)``, checked."""
    require_dims(rate, "age", name="rate")
    if rate.attrs.get("kind") == "count":
        raise UnitsError(
            "counts are not an age profile: they follow the age structure too",
            where=str(rate.name or "rate"),
            remedy="divide by the population at risk",
        )
    rate = rate.sortby("age").transpose(..., "age").rename("rate")
    years = single_years(rate, name="rate")
    refuse_negative(rate, name="rate")
    values = rate.to_numpy().astype(float)
    if not np.isfinite(values).all():
        raise CoverageError(
            "a rate is missing",
            where=cells_where(rate, ~np.isfinite(values)),
            remedy="select the ages observed, or fill them from a fitted schedule",
            id="MissingCells",
        )
    if not ((years >= ages[0]) & (years <= ages[1])).any():
        raise CoverageError(
            f"no age lies within {ages[0]} to {ages[1]}",
            where=f"rate has ages {years[0]:.0f} to {years[-1]:.0f}",
            remedy="give other ages of study",
        )
    return years, values.reshape(-1, len(years))


def _peak(m: Floats, x: Floats, ages: tuple[int, int], breadth: int) -> dict[str, Floats]:
    """All indices of profiles ``m (n, A)`` at ages ``x (A,)``."""
    studied = (x >= ages[0]) & (x <= ages[1])
    level = m.sum(axis=1)
    top = np.argmax(np.where(studied, m, -np.inf), axis=1)
    peak_age, peak = x[top], np.take_along_axis(m, top[:, None], axis=1)[:, 0]
    near = np.abs(x - peak_age[:, None]) <= breadth
    whole = (peak_age - breadth >= x[0]) & (peak_age + breadth <= x[-1])
    around = np.where(whole, np.where(near, m, 0.0).sum(axis=1), np.nan)
    change = np.diff(m, axis=1)
    step = studied[1:] & studied[:-1]
    before = step & (x[1:] <= peak_age[:, None])
    after = step & (x[1:] > peak_age[:, None])
    rise_age = _age_of_largest(np.where(before, change, -np.inf), x[1:])
    fall_age = _age_of_largest(np.where(after, -change, -np.inf), x[1:])
    young = np.where(studied & (x < peak_age[:, None]), m, np.inf)
    low = m.shape[1] - 1 - np.argmin(young[:, ::-1], axis=1)
    exists = np.isfinite(young).any(axis=1)
    low_age = np.where(exists, x[low], np.nan)
    low_rate = np.where(exists, np.take_along_axis(m, low[:, None], axis=1)[:, 0], np.nan)
    return {
        "gross_migraproduction_rate": level,
        "peak_age": peak_age,
        "peak_intensity": peak,
        "peak_intensity_share": over(peak, level),
        "peak_breadth": around,
        "peak_share": over(around, level),
        "rise_age": rise_age,
        "fall_age": fall_age,
        "asymmetry": over(rise_age, fall_age),
        "low_age": low_age,
        "labour_shift": peak_age - low_age,
        "jump": peak - low_rate,
    }


def _age_of_largest(change: Floats, x: Floats) -> Floats:
    """Age of the largest change above zero of each row; missing when there is none."""
    if not change.shape[1]:
        return np.full(len(change), np.nan)
    found: Floats = np.where(change.max(axis=1) > 0, x[np.argmax(change, axis=1)], np.nan)
    return found


def labour_indices(parameters: xr.DataArray | Mapping[str, float]) -> LabourIndices:
    """What the parameters of a model schedule say of its child and labour terms.

    Parameters
    ----------
    parameters : DataArray [parameter, ...] or mapping of str to float
        Parameters by name, as of :func:`rogers_castro_schedule`.

    Returns
    -------
    LabourIndices

    Raises
    ------
    SchemaError
        A term is incomplete, or the child or labour term is absent.
    CodeError
        A parameter is not of the model.

    See Also
    --------
    peak_indices : Indices of the curve, which the data determine better.

    Notes
    -----
    Missing where a ratio has no value: no labour term (``a2 = 0``), or slopes under which
    it has no peak.

    References
    ----------
    Rogers, A. and Castro, L. J. (1981). Model Migration Schedules. IIASA RR-81-30.

    Examples
    --------
    >>> found = labour_indices({"a1": 0.02, "alpha1": 0.1, "c": 0.003,
    ...                         "a2": 0.06, "alpha2": 0.1, "mu2": 20, "lambda2": 0.4})
    >>> round(found.child_dependency.item(), 3), found.labour_asymmetry.item()
    (0.333, 4.0)
    >>> round(found.labour_peak_age.item(), 2)
    23.47
    """
    given = read_parameters(parameters)
    a1, alpha1, a2, alpha2, mu2, lambda2 = (
        given.sel(parameter=name, drop=True)
        for name in ("a1", "alpha1", "a2", "alpha2", "mu2", "lambda2")
    )
    if bool(a1.isnull().all() | a2.isnull().all()):
        raise SchemaError(
            "the child or labour term is absent",
            where="parameters",
            remedy="give a1, alpha1, a2, alpha2, mu2 and lambda2",
            id="IncompleteTerm",
        )

    def cell(values: Floats, name: str, units: str = "1") -> xr.DataArray:
        array = a1.copy(data=values)
        return stamp(array, name=name, units=units, kind="index", inputs=[given])

    one = np.ones_like(a1.to_numpy())
    asymmetry = over(lambda2.to_numpy(), alpha2.to_numpy())
    way = np.log(np.where(asymmetry > 0, asymmetry, np.nan))
    return LabourIndices(
        child_dependency=cell(over(a1.to_numpy(), a2.to_numpy()), "child_dependency"),
        labour_dependency=cell(over(a2.to_numpy(), a1.to_numpy()), "labour_dependency"),
        labour_asymmetry=cell(asymmetry, "labour_asymmetry"),
        regularity=cell(over(alpha1.to_numpy(), alpha2.to_numpy()), "regularity"),
        labour_peak_age=cell(
            mu2.to_numpy() + over(way, lambda2.to_numpy() * one), "labour_peak_age", _YEARS
        ),
    )
