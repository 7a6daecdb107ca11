# SPDX-License-Identifier: Apache-2.0
"""Net migration by age from two censuses: what survival does not account for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.measure import _survival as kernel
from keruen.measure._census import two_censuses
from keruen.measure._checks import missing_reason
from keruen.measure._survival import SurvivalMethod
from keruen.measure._tables import table_of
from keruen.measure.children import with_children

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SurvivalNet", "net_migration_by_survival"]

Children = Literal["none", "child_woman_ratio"]
"""How people born within the interval are estimated: not at all, or from their mothers."""


@dataclass(frozen=True)
class SurvivalNet:
    """Net migration by age at the end of an interval.

    Parameters
    ----------
    net : DataArray [..., age], persons
        Net migrants alive at the end (forward), counted at the start (reverse), or the
        mean of the two; missing where the survival ratio is not above 0.
    survivors : DataArray [..., age], persons
        Population expected at the end without migration; missing for children.
    method : {"forward", "reverse", "average"}
        Whether deaths of migrants are left out, put in whole, or by half.
    """

    net: xr.DataArray
    survivors: xr.DataArray
    method: SurvivalMethod

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row an age group, with the method."""
        return table_of(self).assign(method=self.method)


def net_migration_by_survival(
    population_start: xr.DataArray,
    population_end: xr.DataArray,
    survival: xr.DataArray,
    *,
    interval_years: int,
    method: SurvivalMethod = "forward",
    children: Children = "none",
) -> SurvivalNet:
    """Net migration by age: census population less survivors of the census before.

    Parameters
    ----------
    population_start : DataArray [..., age], persons
        First census. Births of the interval may stand at negative ages: those aged 0-4
        at the end of ten years were -10 at the start.
    population_end : DataArray [..., age], persons
        Second census; its open group takes all groups that grow into it.
    survival : DataArray [..., age], ratio
        Survivors for each person, by age at the start; one ratio for all people who grow
        into the open group. Dimensions it lacks (region) share the ratio.
    interval_years : int
        Years between the censuses.
    method : {"forward", "reverse", "average"}, optional
        Deaths of migrants in the interval: as if all moved at its end, at its start, or
        evenly between.
    children : {"none", "child_woman_ratio"}, optional
        Whether to add the groups born in the interval, from the net migration of women;
        needs the dimension ``sex`` with the label ``F``.

    Returns
    -------
    SurvivalNet
        Net migrants by age at the end.

    Raises
    ------
    SchemaError
        Age groups do not fit the interval (``AgeGroups``), or a count is negative.
    CoverageError
        Labels or dimensions differ, or the ratios are not for the groups of the start.

    See Also
    --------
    census_survival_ratio : Ratios from the two censuses of the whole country.
    life_table_survival_ratio : Ratios from a life table.

    Notes
    -----
    Forward ``P1 - S P0``, reverse ``P1 / S - P0``, average their mean. Census ratios
    carry the coverage errors of both censuses and cancel them where they are alike in
    all regions; they assume no migration across the national border and one mortality.
    Children of ages a to b: ``(a + b) / 2n`` times the child-woman ratio at the second
    census times the net of women 15 + a to 44 + a; for ten years and five-year groups
    the weights are 1/4 and 3/4. R's ``migest::net_sr`` finds the women by row number and
    returns 0, not a missing value, for ages without an estimate.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter II.
    Bogue, D., Hinze, K. and White, M. (1982). Techniques of Estimating Net Migration.

    Examples
    --------
    Bombay 1941-1951, one age group of Manual VI:

    >>> before = xr.DataArray([77135], coords={"age": [0]})
    >>> after = xr.DataArray([132870], coords={"age": [10]})
    >>> ratio = xr.DataArray([0.9087], coords={"age": [0]})
    >>> result = net_migration_by_survival(before, after, ratio, interval_years=10)
    >>> round(result.net.sel(age=10).item())
    62777
    """
    start, end, ageing = two_censuses(population_start, population_end, interval_years)
    ratio = _ratio_at_end(survival, start, ageing)
    net: xr.DataArray = xr.apply_ufunc(
        kernel.survival_net, start, end, ratio, kwargs={"method": method}
    )
    expected = start * ratio.where(ratio > 0)
    unknown = np.asarray(net.isnull())
    facts: dict[str, object] = {"interval_years": interval_years} | missing_reason(
        net, {"no survival ratio above 0": unknown}
    )
    if children == "child_woman_ratio":
        net = with_children(net, population_end, interval_years)
        expected = expected.reindex(age=net.indexes["age"])
    inputs = (population_start, population_end, survival)

    def people(array: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(array, name=name, units="persons", kind="count", inputs=inputs, **facts)

    return SurvivalNet(people(net, "net_migration"), people(expected, "survivors"), method)


def _ratio_at_end(
    survival: xr.DataArray, start: xr.DataArray, ageing: kernel.Ageing
) -> xr.DataArray:
    """Survival ratios by age at the end, after the check that they are for these groups."""
    require_dims(survival, "age", name="survival")
    ratio, _ = same_cells(survival.rename("survival"), start, exclude=["age"])
    ages = np.sort(np.asarray(ratio.indexes["age"]))
    if not np.array_equal(ages, ageing.start):
        listed = ", ".join(map(str, ageing.start))
        raise CoverageError(
            "survival ratios are not for the age groups of the start",
            where=f"survival has ages {', '.join(map(str, ages))}",
            remedy=f"give one ratio for each of {listed}; the last is for all from that age on",
        )
    if beyond := set(ratio.dims) - set(start.dims) - {"trajectory"}:
        raise CoverageError(
            f"survival is split by {', '.join(sorted(map(str, beyond)))} and the population is not",
            where="survival",
            remedy="average the ratios, or split the population",
        )
    return ratio.sortby("age").assign_coords(age=ageing.end)
