# SPDX-License-Identifier: Apache-2.0
"""A run of urban shares as a folder: tables, workbook, picture, manifest; all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import countries
from keruen.core.tables import to_table
from keruen.report.charts import line_chart
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import QUANTILES
from keruen.report.release import release
from keruen.report.table_release import write_tables
from keruen.report.urban_run import UrbanRun

if TYPE_CHECKING:
    import pandas as pd

_BANDS: Final = {"95 %": ("lower_95", "upper_95"), "80 %": ("lower_80", "upper_80")}


def urban_tables(run: UrbanRun) -> dict[str, pd.DataFrame]:
    """Tables of a run: shares, people, cities, the back-test, and shares that were held.

    Parameters
    ----------
    run : UrbanRun
        The run.

    Returns
    -------
    dict of DataFrame
        ``urban_share`` (percent, with bounds and the publisher's own), ``population``,
        ``cities`` where there are any, ``backtest`` and ``held``.

    See Also
    --------
    write_urban : Writes them.

    Examples
    --------
    >>> from keruen.report.urban_run import run_urban
    >>> sorted(urban_tables(run_urban("KAZ", to=2020)))
    ['backtest', 'cities', 'held', 'population', 'urban_share']
    """
    tables = {"urban_share": _shares(run), "backtest": run.scores, "held": run.projection.held}
    if run.projection.population is not None:
        tables["population"] = to_table(run.projection.population)
    if run.cities is not None:
        tables["cities"] = run.cities.to_table()
    return tables


def _shares(run: UrbanRun) -> pd.DataFrame:
    """Estimates and projection, in percent."""
    import pandas as pd

    keys = ["country", "year"]
    past = 100 * run.past.sel(residence="urban", drop=True) / run.past.sum("residence")
    seen = to_table(past.rename("urban_share")).assign(status="estimate")
    ahead = 100 * run.projection.share.sel(residence="urban", drop=True)
    told = to_table(ahead.rename("urban_share")).assign(status="projection")
    for name, level in QUANTILES.items():
        bound = run.bounds.sel(quantile=level, drop=True)
        told = told.merge(to_table((100 * bound).rename(name)), on=keys, how="left")
    wup = to_table((100 * run.published).rename("published"))
    told = told.merge(wup, on=keys, how="left")
    whole = pd.concat([seen, told], ignore_index=True)
    return whole.sort_values(keys, kind="stable").reset_index(drop=True)


def write_urban(run: UrbanRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a run of urban shares to a folder.

    Parameters
    ----------
    run : UrbanRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Each table of :func:`urban_tables` as CSV and Parquet, ``urban_share.xlsx``,
        ``urban_share.svg`` of one country, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.urban_run.run_urban : Makes the run.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.report.urban_run import run_urban
    >>> out = Path(tempfile.mkdtemp()) / "towns"
    >>> written = write_urban(run_urban("KAZ", to=2020), out)
    >>> [path.name for path in written][-3:]
    ['urban_share.svg', 'urban_share.xlsx', 'manifest.json']
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.8, "tables")
        write_tables(urban_tables(run), folder, workbook="urban_share")
        if len(run.places) == 1:
            tell(0.95, "picture")
            (folder / "urban_share.svg").write_text(urban_picture(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


def urban_picture(run: UrbanRun) -> str:
    """Urban share of one country: estimates, projection with intervals.

    Parameters
    ----------
    run : UrbanRun
        A run of one country.

    Returns
    -------
    str
        A standalone SVG.
    """
    code = run.places[0]
    frame = _shares(run)
    at_base = frame.loc[frame["year"] == run.base, "urban_share"].item()
    last = frame.iloc[-1]
    frame.loc[frame["year"] == run.base, list(QUANTILES)] = at_base
    held = bool(np.isnan(run.projection.difference.to_numpy()).all())
    return line_chart(
        frame,
        x="year",
        y="urban_share",
        bands={} if held else _BANDS,
        split=run.base,
        split_labels=("estimates", "projection"),
        title=f"{countries()[code].names['en']}: {at_base:.1f} % lived in towns in {run.base}, "
        f"{last['urban_share']:.1f} % would in {int(last['year'])}",
        unit="percent of the population, 1 July",
        note="Estimates: United Nations, World Urbanization Prospects 2018. Projection: "
        f"difference of urban and rural growth, rule '{run.options['rule']}'; intervals from "
        f"errors of the same rule at past dates. Track record: {run.record}.",
        lang="en",
    )


def _manifest(run: UrbanRun) -> dict[str, object]:
    norm = run.projection.norm
    return {
        "command": "project urban",
        "options": dict(run.options),
        "units": "persons; shares in percent",
        "moment": "1 July",
        "base": run.base,
        "norm": None if norm is None else dict(vars(norm)),
        "record": run.record,
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
