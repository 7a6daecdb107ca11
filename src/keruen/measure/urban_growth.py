# SPDX-License-Identifier: Apache-2.0
"""What makes towns grow: births over deaths, migration, and villages that became towns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import cells_where, missing_reason, refuse_negative
from keruen.measure.urbanisation import urban_and_rural

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "UrbanGrowth",
    "reclassified_people",
    "split_natural_increase",
    "urban_growth",
]


@dataclass(frozen=True)
class UrbanGrowth:
    """Growth of an urban population and its parts, which add up to it.

    Parameters
    ----------
    growth : DataArray [...], persons
        Urban population at the end less that at the start.
    parts : DataArray [component, ...], persons
        ``natural_increase``; ``net_internal``, ``net_external`` and ``reclassified`` as far
        as they were given; ``residual``: what these leave.
    share : DataArray [component, ...], percent
        Each part in percent of the growth; negative where it works against it.
    residual_holds : tuple of str
        Parts that were not given and stand in the residual together.
    """

    growth: xr.DataArray
    parts: xr.DataArray
    share: xr.DataArray
    residual_holds: tuple[str, ...]

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a part and cell, with its share."""
        import pandas as pd

        from keruen.core.tables import to_table

        table = to_table(self.parts.rename("people"))
        return pd.concat([table, to_table(self.share.rename("share"))["share"]], axis=1)


def urban_growth(
    urban_start: xr.DataArray,
    urban_end: xr.DataArray,
    *,
    natural_increase: xr.DataArray,
    net_internal: xr.DataArray | None = None,
    net_external: xr.DataArray | None = None,
    reclassified: xr.DataArray | None = None,
) -> UrbanGrowth:
    """Growth of an urban population as natural increase, migration and reclassification.

    Parameters
    ----------
    urban_start, urban_end : DataArray [...], persons
        Urban population at the two ends of the period.
    natural_increase : DataArray [...], persons
        Births less deaths of the urban population in the period.
    net_internal, net_external : DataArray [...], persons, optional
        Net migration of the towns with the country's villages, and with abroad.
    reclassified : DataArray [...], persons, optional
        People of places that became urban, less those of places that ceased to be.

    Returns
    -------
    UrbanGrowth
        Parts in persons and in percent. What was not given stands in the residual, which is
        then no error term but those parts together; given all, it is the error of closure.

    Raises
    ------
    SchemaError
        A population is negative (``NegativeInput``).
    CoverageError
        The arrays do not hold the same cells.

    See Also
    --------
    split_natural_increase : Where vital events are known for regions as a whole only.
    keruen.measure.survival.net_migration_by_survival : Residual by age from two censuses.
    reclassified_people : Reclassification from small units.

    Notes
    -----
    ``U1 - U0 = natural + internal + external + reclassified + residual``, exactly.

    References
    ----------
    United Nations (1980). Patterns of Urban and Rural Population Growth. New York.

    Examples
    --------
    >>> year = {"year": [2010]}
    >>> start, end = (xr.DataArray([v], coords=year) for v in (1000.0, 1100.0))
    >>> natural = xr.DataArray([40.0], coords=year)
    >>> growth = urban_growth(start, end, natural_increase=natural)
    >>> growth.parts.sel(component="residual").item(), growth.residual_holds
    (60.0, ('net_internal', 'net_external', 'reclassified'))
    """
    optional = {
        "net_internal": net_internal,
        "net_external": net_external,
        "reclassified": reclassified,
    }
    given = {"natural_increase": natural_increase}
    given |= {name: part for name, part in optional.items() if part is not None}
    arrays = [urban_start.rename("urban_start"), urban_end.rename("urban_end")]
    for array in arrays:
        refuse_negative(array, name=str(array.name))
    start, end, *parts = same_cells(*arrays, *(a.rename(name) for name, a in given.items()))
    difference = end - start
    whole = [part.broadcast_like(difference) for part in parts]
    known = xr.concat(whole, dim=_components(list(given)), coords="minimal", compat="override")
    residual = difference - known.sum("component", skipna=False)
    stacked_parts = xr.concat(
        [known, residual.expand_dims(component=["residual"])],
        dim="component",
        coords="minimal",
        compat="override",
    )
    inputs = (start, end, *parts)
    growth = stamp(difference, name="urban_growth", units="persons", kind="count", inputs=inputs)
    share = 100 * stacked_parts / growth.where(growth != 0)
    none = missing_reason(growth, {"no growth to share out": growth.to_numpy() == 0})
    return UrbanGrowth(
        growth=growth,
        parts=stamp(stacked_parts, name="part", units="persons", kind="count", inputs=inputs),
        share=stamp(share, name="share", units="percent", kind="share", inputs=inputs, **none),
        residual_holds=tuple(name for name, part in optional.items() if part is None),
    )


def _components(names: list[str]) -> xr.Variable:
    return xr.DataArray(names, dims="component", name="component").variable


def split_natural_increase(
    natural_increase: xr.DataArray, population: xr.DataArray, *, urban_excess: float = 0.0
) -> xr.DataArray:
    """Natural increase of towns and countryside where only their sum is known.

    Parameters
    ----------
    natural_increase : DataArray [...], persons
        Births less deaths of the whole region over a year.
    population : DataArray [residence, ...], persons
        Mean population of the year, ``urban`` and ``rural``.
    urban_excess : float, optional
        Rate of natural increase in towns less that in the countryside, per 1,000 people and
        year. An assumption: 0 says that they are equal. Try others to see what hangs on it.

    Returns
    -------
    DataArray [residence, ...], persons
        The two parts; they add up to the whole.

    Raises
    ------
    SchemaError
        A population is negative (``NegativeInput``).
    CodeError
        ``residence`` does not hold urban and rural.
    CoverageError
        The arrays do not hold the same cells.

    Notes
    -----
    ``N_u = U (r + d R / P)``, ``N_r = R (r - d U / P)``, with ``r = N / P`` and d the excess.
    Exact where a region is all urban.

    Examples
    --------
    >>> people = xr.DataArray([300.0, 100.0], coords={"residence": ["urban", "rural"]})
    >>> split_natural_increase(xr.DataArray(8.0), people, urban_excess=-10.0).values.tolist()
    [5.25, 2.75]
    """
    urban, rural = urban_and_rural(population)
    refuse_negative(population, name="population")
    natural, urban, rural = same_cells(natural_increase, urban, rural)
    people = urban + rural
    rate = natural / people.where(people > 0)
    moved = urban_excess / 1000 * urban * rural / people.where(people > 0)
    both = xr.concat(
        [urban * rate + moved, rural * rate - moved],
        dim=xr.DataArray(["urban", "rural"], dims="residence", name="residence").variable,
        coords="minimal",
        compat="override",
    )
    empty = missing_reason(people, {"nobody lives there": np.asarray(people == 0)})
    return stamp(
        both,
        name="natural_increase",
        units="persons",
        kind="count",
        inputs=(natural_increase, population),
        assumption=f"urban rate {urban_excess:+g} per 1,000 against rural",
        **empty,
    )


def reclassified_people(
    population: xr.DataArray, urban_before: xr.DataArray, urban_after: xr.DataArray
) -> xr.DataArray:
    """People of places that became urban, less those of places that ceased to be.

    Parameters
    ----------
    population : DataArray [locality, ...], persons
        People of each place when its class changed.
    urban_before, urban_after : DataArray [locality, ...]
        Whether each place was urban before and after.

    Returns
    -------
    DataArray [...], persons
        The part ``reclassified`` of :func:`urban_growth`.

    Raises
    ------
    SchemaError
        A population is negative (``NegativeInput``), or a class is neither true nor false.
    CoverageError
        The arrays do not hold the same cells.

    Examples
    --------
    >>> places = {"locality": ["a", "b", "c"]}
    >>> people = xr.DataArray([50.0, 20.0, 5.0], coords=places)
    >>> before, after = ([True, False, True], [True, True, False])
    >>> classes = (xr.DataArray(c, coords=places) for c in (before, after))
    >>> reclassified_people(people, *classes).item()
    15.0
    """
    require_dims(population, "locality", name="population")
    refuse_negative(population, name="population")
    people, before, after = same_cells(
        population, urban_before.rename("urban_before"), urban_after.rename("urban_after")
    )
    for flag in (before, after):
        if found := cells_where(flag, ~np.isin(flag.to_numpy(), (0, 1))):
            raise SchemaError(
                f"{flag.name} is neither true nor false", where=found, remedy="say which it is"
            )
    change = after.astype(float) - before.astype(float)
    return stamp(
        (people * change).sum("locality", skipna=False),
        name="reclassified",
        units="persons",
        kind="count",
        inputs=(population,),
    )
