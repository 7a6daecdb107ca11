# SPDX-License-Identifier: Apache-2.0
"""Tables of a projection of one country: tidy, one row a cell, quantiles as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.tables import to_table
from keruen.report.projection_run import QUANTILES, ProjectionRun

if TYPE_CHECKING:
    import pandas as pd

_COMPONENTS = ("births", "deaths", "migration")


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
    tables |= {name: _tidy(part) for name, part in parts.items()}
    tables["births"] = tables["births"].rename(columns={"age": "mother_age"})
    tables["totals"] = _totals(run, country)
    tables["adjustments"] = _adjustments(run, country)
    if run.paths is not None:
        cut = run.paths.adjustments
        tables["path_adjustments"] = cut[cut["country"] == country].reset_index(drop=True)
    return tables


def _tidy(array: xr.DataArray) -> pd.DataFrame:
    table = to_table(array)
    keys = [name for name in ("country", "year", "sex", "age") if name in table.columns]
    values = [name for name in table.columns if name not in keys]
    table = table[keys + values]
    table.attrs = {}
    return table


def _population(run: ProjectionRun, country: str) -> pd.DataFrame:
    table = _tidy(run.projection.population.sel(country=[country]))
    if run.paths is None:
        return table
    order = ["quantile", "country", "year", "sex", "age"]
    drawn = run.paths.population.sel(country=[country]).transpose(*order).to_numpy()
    columns = dict(zip(QUANTILES, drawn.reshape(len(QUANTILES), -1), strict=True))
    known = run.projection.population.sel(country=[country]).transpose(*order[1:])
    return _tidy(known).assign(**columns)


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
            table = table.assign(**dict(zip(QUANTILES, drawn, strict=True)))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


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
