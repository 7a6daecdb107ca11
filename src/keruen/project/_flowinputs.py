# SPDX-License-Identifier: Apache-2.0
"""What tables of flows must be before a model may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims
from keruen.core.errors import CoverageError, SchemaError, UnitsError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


def flow_values(flows: xr.DataArray) -> Array:
    """Flows (periods, places, places), the diagonal zero, after every check."""
    require_dims(flows, "year", "origin", "destination", name="flows")
    labels = flows.indexes["origin"]
    if not labels.sort_values().equals(flows.indexes["destination"].sort_values()):
        odd = labels.symmetric_difference(flows.indexes["destination"])
        raise SchemaError(
            "a table of flows is square: the same places as origins and destinations",
            where=f"not in both: {', '.join(map(str, odd))}",
            remedy="select the places that are in both",
            id="NotSquare",
        )
    ordered = flows.sel(destination=labels).transpose("year", "origin", "destination")
    values = np.array(ordered, dtype=np.float64)
    own = np.arange(len(labels))
    stays = values[:, own, own]
    if np.nansum(np.abs(stays)) > 0:
        raise SchemaError(
            "the diagonal holds people who did not move between places",
            where=f"for example {labels[np.nansum(np.abs(stays), axis=0).argmax()]}",
            remedy="set it to zero or missing",
            id="Diagonal",
        )
    values[:, own, own] = 0.0
    if not (values >= 0).all():
        period, origin, destination = np.argwhere(~(values >= 0))[0]
        raise SchemaError(
            "a flow is negative or missing",
            where=f"{flows.indexes['year'][period]}, {labels[origin]} to {labels[destination]}",
            remedy="give 0 where nobody moved",
            id="NegativeInput",
        )
    return values


def flow_method(flows: xr.DataArray) -> str:
    """The method the flows were estimated by; flows of several methods do not mix."""
    method = flows.attrs.get("flow_method")
    if not isinstance(method, str) or not method:
        raise UnitsError(
            "flows do not say by which method they were estimated",
            where="flows.attrs['flow_method']",
            remedy="set it: 'register', 'pseudo-Bayes closed' ...; methods differ by factors "
            "and must not be mixed",
        )
    return method


def period_years(flows: xr.DataArray) -> int:
    """Length of a period, from evenly spaced years."""
    steps = np.unique(np.diff(flows.indexes["year"].to_numpy()))
    if steps.size != 1 or steps[0] < 1:
        raise CoverageError(
            f"years are not evenly spaced: steps of {', '.join(map(str, steps)) or 'no year'}",
            where="flows",
            remedy="give two periods or more, every period once, in order",
            id="MissingPeriod",
        )
    return int(steps[0])


def population_place(population: xr.DataArray) -> str:
    """The dimension of places beside ``year``: country or region."""
    require_dims(population, "year", name="population")
    others = [str(dim) for dim in population.dims if dim != "year"]
    if len(others) != 1:
        raise SchemaError(
            "population is by year and place",
            where=f"population has {', '.join(map(str, population.dims))}",
            remedy="add up the other dimensions",
        )
    return others[0]


def population_values(population: xr.DataArray, places: pd.Index, years: list[int]) -> Array:
    """Population (years, places) above zero, in the order of the flows."""
    place = population_place(population)
    lacks = [str(place) for place in places.difference(population.indexes[place])]
    lacks += [str(year) for year in years if year not in population.indexes["year"]]
    if lacks:
        raise CoverageError(
            f"population lacks {', '.join(lacks)}",
            where="population",
            remedy="give it for every place of the flows, at the start of every period, "
            "past and projected",
            id="MissingPeriod",
        )
    chosen = population.sel({place: list(places), "year": years}).transpose("year", place)
    values = np.asarray(chosen, dtype=np.float64)
    if not (values > 0).all():
        raise SchemaError(
            "a population is zero, negative or missing",
            where=f"for example {places[np.argwhere(~(values > 0))[0][1]]}",
            remedy="give persons, above zero",
            id="NegativeInput",
        )
    return values
