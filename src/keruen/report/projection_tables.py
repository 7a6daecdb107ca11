# SPDX-License-Identifier: Apache-2.0
"""Tables of a projection of one country: tidy, one row a cell, quantiles as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.tables import to_table
from keruen.report.projection_run import QUANTILES, ProjectionRun
from keruen.sources.projection_inputs import FIRST

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_COMPONENTS = ("births", "deaths", "migration")
_KEYS = ("country", "year", "sex", "age", "mother_age")


def projection_tables(run: ProjectionRun, country: str) -> dict[str, pd.DataFrame]:
    """Everything a run found about one country, by name of the file.

    Parameters
    ----------
    run : ProjectionRun
        The run.
    country : str
        Code of a country of the run.

    Returns
    -------
    dict of DataFrame
        ``population``, ``births`` (by age of mother and sex of child), ``deaths``,
        ``migration``, ``totals`` and ``adjustments``; with trajectories the population and
        the totals have quantiles beside the variant, and ``path_adjustments`` tells where
        outflow was limited in some paths.

    See Also
    --------
    keruen.report.projection_release.write_projection : Writes them.

    Notes
    -----
    Attributes of the values (unit, source, licence, first year projected ...) stand in
    ``attrs["values"]`` of a table and go into its file.

    Examples
    --------
    >>> from keruen.report.projection_run import run_projection
    >>> tables = projection_tables(run_projection("KAZ", to=2025), "KAZ")
    >>> list(tables["population"].columns)
    ['country', 'year', 'sex', 'age', 'population']
    """
    here = run.projection
    parts = {name: getattr(here, name).sel(country=[country]) for name in _COMPONENTS}
    tables = {"population": _population(run, country)}
    parts["births"] = parts["births"].rename(age="mother_age")
    tables |= {name: _tidy(part) for name, part in parts.items()}
    tables["totals"] = _totals(run, country)
    tables["adjustments"] = _adjustments(run, country)
    if run.paths is not None:
        cut = run.paths.adjustments
        tables["path_adjustments"] = cut[cut["country"] == country].reset_index(drop=True)
    return tables


def _tidy(array: xr.DataArray) -> pd.DataFrame:
    table = to_table(array)
    table = table[[*(name for name in _KEYS if name in table.columns), array.name]]
    table.attrs = {"values": {str(array.name): projected(array)}}
    return table


def projected(array: xr.DataArray) -> dict[str, object]:
    """Attributes of a projected quantity: its own, its ages and its first projected year.

    Parameters
    ----------
    array : DataArray [any]
        Part of a projection by single years of age, or summed over age.

    Returns
    -------
    dict

    Notes
    -----
    The base of 1 January is reckoned from figures of its year that the publication itself
    marks as projected, so it counts as projected too.
    """
    attrs: dict[str, object] = {str(name): value for name, value in array.attrs.items()}
    if "age" in array.dims:
        attrs |= {"age_width": 1, "open_age": int(array.indexes["age"][-1])}
    return attrs | {"projected_from": FIRST}


def with_quantiles(
    table: pd.DataFrame, value: str, drawn: NDArray[np.floating], *, stock: bool
) -> pd.DataFrame:
    """Columns of quantiles beside the variant, in its precision.

    Parameters
    ----------
    table : DataFrame
        Tidy table with a column ``year``.
    value : str
        Column of the variant.
    drawn : array [quantile, row]
        Quantiles of every row; paths may have been stored in single precision.
    stock : bool
        Whether the first year is the base, which is the same in every path.

    Returns
    -------
    DataFrame
    """
    columns = drawn.astype(float).reshape(len(QUANTILES), len(table))
    if stock:
        base = table["year"].to_numpy() == FIRST
        columns[:, base] = table[value].to_numpy()[base]
    return table.assign(**dict(zip(QUANTILES, columns, strict=True)))


def _population(run: ProjectionRun, country: str) -> pd.DataFrame:
    table = _tidy(run.projection.population.sel(country=[country]))
    if run.paths is None:
        return table
    order = ["quantile", "country", "year", "sex", "age"]
    drawn = run.paths.population.sel(country=[country]).transpose(*order)
    known = run.projection.population.sel(country=[country]).transpose(*order[1:])
    table = with_quantiles(_tidy(known), "population", drawn.to_numpy(), stock=True)
    table.attrs["values"] |= dict.fromkeys(QUANTILES, projected(drawn))
    return table


def _totals(run: ProjectionRun, country: str) -> pd.DataFrame:
    """Totals over sex and age of every year: the variant, and quantiles over the paths."""
    import pandas as pd

    tables = []
    for quantity in ("population", *_COMPONENTS):
        whole = getattr(run.projection, quantity).sel(country=country).sum(["sex", "age"])
        table = pd.DataFrame(
            {
                "country": country,
                "year": whole.indexes["year"].to_numpy(),
                "quantity": quantity,
                "value": whole.to_numpy(),
            }
        )
        if run.paths is not None:
            name = "total" if quantity == "population" else quantity
            paths = getattr(run.paths, name).sel(country=country, drop=True)
            drawn = paths.quantile(list(QUANTILES.values()), dim="trajectory").to_numpy()
            table = with_quantiles(table, "value", drawn, stock=quantity == "population")
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    whole.attrs = {"values": totals_attributes(run.projection.population, list(whole.columns))}
    return whole


def totals_attributes(population: xr.DataArray, columns: list[str]) -> dict[str, object]:
    """Attributes of the values of a table of totals, whose quantities share unit and source.

    Parameters
    ----------
    population : DataArray [any], persons
        One of the quantities.
    columns : list of str
        Columns of the table.

    Returns
    -------
    dict
        By column.
    """
    shared = projected(population.sum(["sex", "age"], keep_attrs=True))
    own = {name: text for name, text in shared.items() if name not in ("concept", "moment")}
    quantiles = {name: {**own, "kind": "index"} for name in QUANTILES if name in columns}
    return {"value": own, **quantiles}


def _adjustments(run: ProjectionRun, country: str) -> pd.DataFrame:
    """Changes of the base, then every cell of migration that a rule changed."""
    import pandas as pd

    cells = run.projection.adjustments
    parts = [run.base_changes.assign(quantity="population"), cells.assign(quantity="migration")]
    found = [part[part["country"] == country] for part in parts if len(part)]
    table = pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]
    if "age" not in table.columns:
        table = table.assign(age=None)
    table = table.astype({"age": "Int64"}).reset_index(drop=True)
    columns = ["country", "year", "quantity", "sex", "age", "before", "after", "reason"]
    return table[columns]
