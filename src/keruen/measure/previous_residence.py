# SPDX-License-Identifier: Apache-2.0
"""Migration from the question where people lived some years ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CodeError, SchemaError, UnitsError
from keruen.measure._checks import (
    Floats,
    Place,
    cells_where,
    refuse_negative,
)
from keruen.measure._od import Missing, od_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ResidenceTransitions",
    "one_year_transitions",
    "residence_transitions",
]


@dataclass(frozen=True)
class ResidenceTransitions:
    """Transitions between two dates, and the people they are set against.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons
        People whose place differs between the two dates; the diagonal is 0.
    stayers : DataArray [region, ...], persons
        People in the same place at both dates, whatever they did between.
    inflow, outflow, net : DataArray [region, ...], persons
        Margins of the flows, without people from abroad.
    population_start, population_end : DataArray [region, ...], persons
        The people alive and in the country at both dates, by place at each.
    from_abroad : DataArray [region, ...], persons, or None
        People who lived abroad at the first date.
    """

    flows: xr.DataArray
    stayers: xr.DataArray
    inflow: xr.DataArray
    outflow: xr.DataArray
    net: xr.DataArray
    population_start: xr.DataArray
    population_end: xr.DataArray
    from_abroad: xr.DataArray | None = None

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the margins: one row a place."""
        import pandas as pd

        from keruen.core.tables import to_table

        margins = [
            to_table(array.rename(name))
            for name, array in vars(self).items()
            if array is not None and name != "flows"
        ]
        return pd.concat([margins[0], *(table.iloc[:, -1] for table in margins[1:])], axis=1)


def residence_transitions(
    residence: xr.DataArray,
    *,
    interval_years: int = 5,
    place: Place = "region",
    abroad: str | None = None,
    missing: Missing = "refuse",
) -> ResidenceTransitions:
    """Flows, margins and populations at risk from residence now and some years ago.

    Parameters
    ----------
    residence : DataArray [origin, destination, ...], persons
        Where people lived at the first date, by where they live now; stayers on the
        diagonal. With ages, those at the end.
    interval_years : int, optional
        Years between the dates.
    place : {"region", "country", "locality"}, optional
        Name of the dimension of the margins.
    abroad : str, optional
        Label of the origin that holds people who lived outside the country.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    ResidenceTransitions
        Flows between places, stayers, margins and populations.

    Raises
    ------
    SchemaError
        The table is not square, a count is negative, or people are younger than the
        interval (``AgeGroups``): they had no residence at the first date.
    CodeError
        There is no origin with the label of ``abroad``.
    CoverageError
        A cell is missing.

    See Also
    --------
    keruen.measure.children.child_transitions : Moves of children born within the interval.
    one_year_transitions : What five-year flows say of one year.

    Notes
    -----
    Counted are people, not moves: returns, further moves and migrants who died within the
    interval are not seen. The population at risk of leaving is ``population_start``.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter I.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "abroad"], "destination": ["A", "B"]}
    >>> residence = xr.DataArray([[90, 10], [30, 70], [5, 1]], coords=places)
    >>> result = residence_transitions(residence, abroad="abroad")
    >>> result.net.values.tolist(), result.population_start.values.tolist()
    ([20.0, -20.0], [100.0, 100.0])
    """
    require_dims(residence, "origin", "destination", name="residence")
    _refuse_unborn(residence, interval_years)
    inside, outside = _split_abroad(residence, abroad)
    table = od_table(inside, diagonal="stayers", missing=missing)
    own = np.nan_to_num(np.diagonal(table.source.to_numpy(), axis1=-2, axis2=-1))
    own = own.astype(np.float64)
    into, out = table.cells.sum(axis=-2), table.cells.sum(axis=-1)
    facts: dict[str, object] = {"concept": "transitions", "interval_years": interval_years}

    def counted(array: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(array, name=name, units="persons", kind="count", inputs=(residence,), **facts)

    def margin(values: Floats, name: str) -> xr.DataArray:
        return counted(table.labelled(values, place), name)

    if outside is not None:
        refuse_negative(outside, name="people from abroad")
        outside = counted(outside.rename({"destination": place}), "from_abroad")
        outside = outside.sel({place: table.source.indexes["origin"].to_numpy()})
    flows = table.source.copy(data=table.cells)
    return ResidenceTransitions(
        flows=counted(flows, "flows"),
        stayers=margin(own, "stayers"),
        inflow=margin(into, "inflow"),
        outflow=margin(out, "outflow"),
        net=margin(into - out, "net_migration"),
        population_start=margin(own + out, "population_start"),
        population_end=margin(own + into, "population_end"),
        from_abroad=outside,
    )


def one_year_transitions(flows: xr.DataArray, ratio: xr.DataArray) -> xr.DataArray:
    """One-year transitions from transitions over several years.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons
        Transitions over ``flows.attrs["interval_years"]``.
    ratio : DataArray [...], ratio
        One-year over several-year transitions in a source that asked both.

    Returns
    -------
    DataArray [origin, destination, ...], persons
        Transitions over one year, an average of the years of the interval.

    Raises
    ------
    SchemaError
        A ratio is above 1 or below one over the years: it may be upside down.
    UnitsError
        The flows do not say that they are transitions over several years.
    CoverageError
        Labels differ.

    Notes
    -----
    Dividing five-year transitions by five is wrong: people who moved twice or returned
    count once or not at all, and the ratio found in censuses that asked both is nearer
    1/3 than 1/5 where moving is frequent. There is no way from one question to the other
    without such a source.

    References
    ----------
    Rogerson, P. (1990). Migration analysis using data with time intervals of differing
    widths. Papers of the Regional Science Association 68, 97-106.
    Rees, P. (1977). The measurement of migration, from census data and other sources.
    Environment and Planning A 9, 247-272.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> attrs = {"concept": "transitions", "interval_years": 5}
    >>> flows = xr.DataArray([[0, 300], [150, 0]], coords=places, attrs=attrs)
    >>> one_year_transitions(flows, xr.DataArray(0.3)).values.tolist()
    [[0.0, 90.0], [45.0, 0.0]]
    """
    years = float(flows.attrs.get("interval_years", 1))
    if flows.attrs.get("concept") != "transitions" or years <= 1:
        raise UnitsError(
            "the flows are not transitions over several years",
            where=f"{flows.name or 'flows'}: {flows.attrs.get('concept', 'no concept')},"
            f" interval of {years:g} years",
            remedy="moves of a register may be divided by the years; transitions need attributes",
            id="UnitMismatch",
        )
    table, ratio = same_cells(flows, ratio.rename("ratio"))
    values = ratio.to_numpy()
    if found := cells_where(ratio, ~np.asarray((values <= 1) & (values >= 1 / years))):
        raise SchemaError(
            f"a ratio is not between 1/{years:g} and 1",
            where=found,
            remedy="give one-year transitions over those of the whole interval",
        )
    return stamp(
        table * ratio,
        name="flows",
        units="persons",
        kind="count",
        inputs=(flows, ratio),
        concept="transitions",
        interval_years=1,
    )


def _refuse_unborn(residence: xr.DataArray, years: int) -> None:
    """Raise when people younger than the interval have a place of residence before it."""
    if "age" not in residence.dims:
        return
    ages = residence.indexes["age"]
    young = residence.sel(age=ages[ages < years])
    if bool((young.fillna(0) != 0).any()):
        raise SchemaError(
            f"people younger than {years} had no residence {years} years ago",
            where=f"ages {', '.join(map(str, young.indexes['age']))}",
            remedy="leave them out; child_transitions estimates their moves",
            id="AgeGroups",
        )


def _split_abroad(
    residence: xr.DataArray, abroad: str | None
) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Origins inside the country, and people who lived outside it."""
    if abroad is None:
        return residence, None
    origins = residence.indexes["origin"]
    if abroad not in origins:
        raise CodeError(
            f"no origin is called '{abroad}'",
            where=f"origins: {', '.join(map(str, origins[:8]))}",
            remedy="give the label of people who lived abroad",
        )
    inside = residence.sel(origin=origins[origins != abroad])
    return inside, residence.sel(origin=abroad, drop=True)
