# SPDX-License-Identifier: Apache-2.0
"""Urban and rural population ahead by components, where flows are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CoverageError, InfeasibleError, SchemaError
from keruen.project._checks import first_cell

if TYPE_CHECKING:
    import pandas as pd

_BOTH: Final = ["urban", "rural"]


@dataclass(frozen=True)
class UrbanComponents:
    """Urban and rural population, and the flows that moved it; a period has its first year.

    Parameters
    ----------
    population : DataArray [..., year, residence], persons
        At the start of every year and at the end of the last.
    natural : DataArray [..., year, residence], persons
        Births less deaths.
    moves : DataArray [..., year, origin, destination], persons
        Moves between urban and rural.
    international : DataArray [..., year, residence], persons
        Net migrants from other countries.
    reclassified : DataArray [..., year], persons
        People of places that became urban, less those of places that ceased to be; by the
        date of the event, never spread over years.
    """

    population: xr.DataArray
    natural: xr.DataArray
    moves: xr.DataArray
    international: xr.DataArray
    reclassified: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the population, one row a cell."""
        from keruen.core.tables import to_table

        return to_table(self.population)


def project_urban_components(
    base: xr.DataArray,
    *,
    years: Sequence[int],
    natural: xr.DataArray,
    leaving: xr.DataArray,
    international: xr.DataArray,
    reclassified: xr.DataArray,
) -> UrbanComponents:
    """Carry urban and rural population ahead by rates and by counted flows.

    Parameters
    ----------
    base : DataArray [..., residence], persons
        Population at the start of the first year.
    years : sequence of int
        Years that the periods of one year start in, each after the other.
    natural : DataArray [..., year, residence], per person
        Rate of natural increase.
    leaving : DataArray [..., year, residence], per person
        Moves from urban to rural per urban person, from rural to urban per rural person.
    international : DataArray [..., year, residence], persons
        Net migrants.
    reclassified : DataArray [..., year], persons
        People who become urban because their place does.

    Returns
    -------
    UrbanComponents

    Raises
    ------
    CoverageError
        Years do not line up (``MissingPeriod``).
    SchemaError
        A rate of leaving lies outside 0 to 1, or a population is negative
        (``NegativeInput``).
    InfeasibleError
        A population would fall below zero.

    See Also
    --------
    keruen.measure.urban_growth.urban_growth : Splits the growth of towns into the same parts.
    keruen.project.regions.project_regions : The same by age and sex, residence as regions.

    Notes
    -----
    All flows of a year start from the population at its beginning:
    ``U' = U (1 + n_U - l_U) + R l_R + I_U + C``.

    Examples
    --------
    >>> both, one = {"residence": ["urban", "rural"]}, {"year": [2020]}
    >>> rates = lambda pair: xr.DataArray([pair], coords={**one, **both})
    >>> ahead = project_urban_components(
    ...     xr.DataArray([100.0, 200.0], coords=both), years=[2020],
    ...     natural=rates([0.01, 0.02]), leaving=rates([0.05, 0.1]),
    ...     international=rates([3.0, -1.0]), reclassified=xr.DataArray([7.0], coords=one))
    >>> ahead.population.sel(year=2021).values.tolist()
    [126.0, 181.0]
    """
    steps = [int(year) for year in years]
    _check_ahead(
        base, steps, natural=natural, leaving=leaving, international=international,
        reclassified=reclassified,
    )  # fmt: skip
    given = (natural, leaving, international)
    n, out, abroad = (_in_order(each, steps) for each in given)
    changed = reclassified.sel(year=steps)
    both = _BOTH
    people, flows = [base.sel(residence=both)], []
    for year in steps:
        now = people[-1]
        gone = out.sel(year=year, drop=True) * now
        swapped = gone.roll(residence=1, roll_coords=False)
        sign = xr.DataArray([1.0, -1.0], coords={"residence": both})
        after = (
            now * (1 + n.sel(year=year, drop=True)) - gone + swapped
            + abroad.sel(year=year, drop=True) + changed.sel(year=year, drop=True) * sign
        )  # fmt: skip
        _refuse_negative(after, year)
        people.append(after)
        flows.append(gone)
    ends = [*steps, steps[-1] + 1]
    population = _along(people, ends, name="population", base=base)
    gone = _along(flows, steps, name="moves", base=base)
    grown = population.sel(year=steps) * n
    there = gone.rename(residence="origin")
    apart = xr.DataArray(1.0 - np.eye(2), coords={"origin": both, "destination": both})
    table = there * apart
    return UrbanComponents(
        population=population,
        natural=stamp(grown, name="natural", units="persons", kind="count", inputs=(base, natural)),
        moves=stamp(table, name="moves", units="persons", kind="count", inputs=(base, leaving)),
        international=abroad,
        reclassified=changed,
    )


def _in_order(array: xr.DataArray, steps: list[int]) -> xr.DataArray:
    return array.sel(year=steps, residence=_BOTH)


def _along(
    parts: list[xr.DataArray], years: list[int], *, name: str, base: xr.DataArray
) -> xr.DataArray:
    whole = xr.concat(parts, xr.Variable("year", years), coords="minimal", compat="override")
    return stamp(whole, name=name, units="persons", kind="count", inputs=(base,))


def _refuse_negative(after: xr.DataArray, year: int) -> None:
    bad = after.to_numpy() < 0
    if bad.any():
        raise InfeasibleError(
            f"a population falls to {float(after.min()):g} persons",
            where=f"end of {year}, {first_cell(after, bad)}",
            remedy="flows of persons exceed the people there: lower them",
        )


def _check_ahead(
    base: xr.DataArray,
    steps: list[int],
    *,
    natural: xr.DataArray,
    leaving: xr.DataArray,
    international: xr.DataArray,
    reclassified: xr.DataArray,
) -> None:
    require_dims(base, "residence", name="base")
    named = {"natural": natural, "leaving": leaving, "international": international}
    for name, array in named.items():
        require_dims(array, "year", "residence", name=name)
    require_dims(reclassified, "year", name="reclassified")
    if not steps or steps != list(range(steps[0], steps[0] + len(steps))):
        raise CoverageError(
            "years do not follow each other by 1",
            where=f"years = {steps[:5]}",
            remedy="give range(first, last + 1)",
            id="MissingPeriod",
        )
    for name, array in {**named, "reclassified": reclassified}.items():
        lacking = [year for year in steps if year not in array.indexes["year"]]
        if lacking:
            raise CoverageError(
                f"'{name}' lacks {few(lacking)}",
                where=name,
                remedy="give every year of the projection",
                id="MissingPeriod",
            )
    share = leaving.to_numpy()
    bad = ~((share >= 0) & (share <= 1))
    if bad.any():
        raise SchemaError(
            f"{int(bad.sum())} rates of leaving lie outside 0 to 1",
            where=f"leaving at {first_cell(leaving, bad)}",
            remedy="give moves per person a year",
            id="NegativeInput",
        )
    lost = ~(base.to_numpy() >= 0)
    if lost.any():
        raise SchemaError(
            f"{int(lost.sum())} populations are negative or missing",
            where=f"base at {first_cell(base, lost)}",
            remedy="people are 0 or more",
            id="NegativeInput",
        )
