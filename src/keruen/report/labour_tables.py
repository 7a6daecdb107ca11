# SPDX-License-Identifier: Apache-2.0
"""Tables of a labour projection: tidy, one row a cell, quantiles as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.tables import to_table
from keruen.project.labour import LabourProjection, LabourRatios
from keruen.report.labour_run import LabourRun
from keruen.report.projection_run import QUANTILES

if TYPE_CHECKING:
    import pandas as pd

_QUANTITIES: Final = ("labour_force", "supply", "demand", "gap")


def labour_tables(run: LabourRun) -> dict[str, pd.DataFrame]:
    """Everything a labour run found, by name of the file.

    Parameters
    ----------
    run : LabourRun
        The run.

    Returns
    -------
    dict of DataFrame
        ``observed``: labour force and employed of past years. ``balance``: supply, demand,
        gap and its causes by year (and region). ``quantities``: the same with quantiles,
        one row a quantity. ``participation`` and ``labour_force`` by sex and age.
        ``employment`` by industry, and ``employment_paths`` along every path, where there are
        paths. ``ratios`` with and without migration. ``adjustments``.

    See Also
    --------
    keruen.report.labour_release.write_labour : Writes them.

    Examples
    --------
    >>> from keruen.report.labour_run import run_labour
    >>> tables = labour_tables(run_labour("KAZ", to=2027))
    >>> tables["employment"].columns.tolist()
    ['year', 'sector', 'employed', 'status']
    """
    import pandas as pd

    parts = [run.nation] if run.regions is None else [run.nation, run.regions]
    base = run.case.base
    tables = {
        "observed": _observed(run),
        "balance": _joined([one.to_table() for one in parts], base),
        "quantities": _joined([_quantities(one) for one in parts], base),
        "participation": _joined([to_table(one.participation) for one in parts], base),
        "labour_force": _joined([to_table(one.labour_force) for one in parts], base),
        "ratios": _ratios(run),
    }
    if run.nation.by_sector is not None:
        tables["employment"] = _sectors(run)
        if run.nation.paths is not None:
            tables["employment_paths"] = _sector_paths(run, tables["employment"])
    changes = [one.adjustments for one in parts if len(one.adjustments)]
    empty = pd.DataFrame(columns=["what", "before", "after", "reason"])
    tables["adjustments"] = pd.concat(changes, ignore_index=True) if changes else empty
    return tables


def _joined(tables: list[pd.DataFrame], base: int) -> pd.DataFrame:
    """Nation and regions in one table; the nation's rows have no region."""
    import pandas as pd

    whole = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0].copy()
    whole.attrs = {}
    first = [name for name in ("region", "year", "sex", "age", "quantity") if name in whole]
    whole = whole[[*first, *(name for name in whole.columns if name not in first)]]
    status = np.where(whole["year"] <= base, "estimate", "projection")
    return whole.assign(status=status)


def _observed(run: LabourRun) -> pd.DataFrame:
    parts = {"labour_force": run.case.force, "employed": run.case.employed}
    table = xr.Dataset({n: one.drop_attrs() for n, one in parts.items()}).to_dataframe()
    status = "observed" if run.case.definition != "ilo" else "estimate"
    return table.dropna(how="all").reset_index().assign(status=status)


def _quantities(one: LabourProjection) -> pd.DataFrame:
    """One row a quantity, year and place: medium and quantiles of the paths."""
    import pandas as pd

    medium = {
        "labour_force": one.labour_force.sum(["sex", "age"]),
        "supply": one.balance.supply,
        "demand": one.balance.demand,
        "gap": one.balance.gap,
    }
    rows = []
    for name in _QUANTITIES:
        whole = medium[name].rename("value").drop_attrs()
        table = to_table(whole)
        if one.paths is not None:
            drawn = one.paths[name].quantile(list(QUANTILES.values()), dim="trajectory")
            values = drawn.transpose("quantile", *whole.dims).to_numpy()
            for column, level in zip(QUANTILES, values, strict=True):
                table[column] = level.reshape(-1)
        rows.append(table.assign(quantity=name))
    return pd.concat(rows, ignore_index=True)


def _sectors(run: LabourRun) -> pd.DataFrame:
    """Employed by industry: what was observed, and demand after."""
    import pandas as pd

    assert run.nation.by_sector is not None and run.case.by_sector is not None  # noqa: S101, PT018
    last = int(run.case.by_sector.indexes["year"].max())
    seen = to_table(run.case.by_sector.rename("employed")).assign(
        status="observed" if run.case.definition != "ilo" else "estimate"
    )
    ahead = run.nation.by_sector.sel(year=run.nation.by_sector["year"] > last)
    later = to_table(ahead.rename("employed")).assign(status="projection")
    whole = pd.concat([seen, later], ignore_index=True)
    whole.attrs = {}
    return whole[["year", "sector", "employed", "status"]]


def _sector_paths(run: LabourRun, medium: pd.DataFrame) -> pd.DataFrame:
    """Employed by industry along every path of demand; what was observed is in each of them.

    Industries have the shares of the medium in every path: only their total is drawn.
    """
    import pandas as pd

    assert run.nation.paths is not None  # noqa: S101
    drawn = run.nation.paths["demand"]
    ratio = (drawn / run.nation.balance.demand).rename("ratio").drop_attrs()
    seen = medium[~medium["year"].isin(drawn.indexes["year"])].merge(
        pd.DataFrame({"trajectory": drawn.indexes["trajectory"]}), how="cross"
    )
    later = medium.merge(to_table(ratio), on="year")
    later = later.assign(employed=later["employed"] * later["ratio"])
    whole = pd.concat([seen, later], ignore_index=True)[["trajectory", *medium.columns]]
    whole.attrs = {}
    return whole.sort_values(["trajectory", "year", "sector"], ignore_index=True)


def _ratios(run: LabourRun) -> pd.DataFrame:
    """Ratios of the medium, of no migration, and quantiles, one row a ratio and year."""
    import pandas as pd

    closed, rows = _parts(run.ratios_closed), []
    for name, part in _parts(run.ratios).items():
        table = to_table(part.rename("value").drop_attrs())
        table["without_migration"] = closed[name].to_numpy()
        if run.ratio_paths is not None:
            drawn = run.ratio_paths[name].quantile(list(QUANTILES.values()), dim="trajectory")
            for column, level in zip(QUANTILES, drawn.to_numpy(), strict=True):
                table[column] = level
        rows.append(table.assign(ratio=name, unit=str(part.attrs["units"])))
    whole = pd.concat(rows, ignore_index=True)
    whole.attrs = {}
    return whole.assign(working_age=run.ratios.limits)


def _parts(ratios: LabourRatios) -> Mapping[str, xr.DataArray]:
    return ratios.parts()
