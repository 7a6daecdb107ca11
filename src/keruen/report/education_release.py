# SPDX-License-Identifier: Apache-2.0
"""A run of attainment as a folder: tables, workbook, picture, manifest; all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.codes import countries
from keruen.core.tables import to_table
from keruen.report.attainment_inputs import BASE, SCHOOLED
from keruen.report.charts import line_chart
from keruen.report.education_run import EducationRun
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import QUANTILES
from keruen.report.release import release
from keruen.report.table_release import write_tables

if TYPE_CHECKING:
    import pandas as pd

SHOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "below_lower_secondary": ("none", "incomplete_primary", "primary"),
        "lower_secondary": ("lower_secondary",),
        "upper_secondary": ("upper_secondary",),
        "post_secondary": ("post_secondary",),
    }
)
"""Levels as pictures show them: the lowest three together."""

_NAMES: Final = {
    "below_lower_secondary": "primary or less",
    "lower_secondary": "lower secondary",
    "upper_secondary": "upper secondary",
    "post_secondary": "post-secondary",
}
_BANDS: Final = {"95 %": ("lower_95", "upper_95"), "80 %": ("lower_80", "upper_80")}


def education_tables(run: EducationRun) -> dict[str, pd.DataFrame]:
    """Tables of a run: population, people of 25 and over, ratios, agreement, back-test.

    Parameters
    ----------
    run : EducationRun
        The run.

    Returns
    -------
    dict of DataFrame
        ``population`` (persons by sex, age and education), ``attainment`` (people of 25 and
        over, their share, and bounds where there are paths), ``progression``, ``agreement``,
        ``backtest`` and ``adjustments``.

    See Also
    --------
    write_education : Writes them.

    Examples
    --------
    >>> from keruen.report.education_run import run_education
    >>> sorted(education_tables(run_education("KAZ", to=2025)))
    ['adjustments', 'agreement', 'attainment', 'backtest', 'population', 'progression']
    """
    projection = run.projection
    return {
        "population": to_table(projection.population),
        "attainment": _attainment(run),
        "progression": to_table(run.ratios),
        "agreement": to_table(projection.agreement),
        "adjustments": projection.adjustments,
        "backtest": run.scores,
    }


def _attainment(run: EducationRun) -> pd.DataFrame:
    """People of 25 and over by level: persons, percent, bounds of persons."""
    keys = ["year", "education"]
    people = to_table(run.adults.rename("people"))
    share = 100 * run.adults / run.adults.sum("education")
    table = people.merge(to_table(share.rename("share")), on=keys)
    if run.bounds is not None:
        for name, level in QUANTILES.items():
            bound = run.bounds.sel(quantile=level, drop=True).rename(name)
            table = table.merge(to_table(bound), on=keys, how="left")
    return table


def write_education(
    run: EducationRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of attainment to a folder.

    Parameters
    ----------
    run : EducationRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Each table of :func:`education_tables` as CSV and Parquet, ``education.xlsx``,
        ``education.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.education_run.run_education : Makes the run.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.report.education_run import run_education
    >>> out = Path(tempfile.mkdtemp()) / "schooling"
    >>> written = write_education(run_education("KAZ", to=2025), out)
    >>> [path.name for path in written][-3:]
    ['progression.csv', 'progression.parquet', 'manifest.json']
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.9, "tables")
        write_tables(education_tables(run), folder, workbook="education")
        tell(0.95, "picture")
        (folder / "education.svg").write_text(education_picture(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


def shown_levels(people: xr.DataArray) -> xr.DataArray:
    """The lowest levels together, as pictures show them.

    Parameters
    ----------
    people : DataArray [..., education], persons or share
        Attainment by the levels of the source.

    Returns
    -------
    DataArray [..., education]
    """
    parts = [people.sel(education=list(levels)).sum("education") for levels in SHOWN.values()]
    return xr.concat(parts, xr.Variable("education", list(SHOWN)), coords="minimal")


def education_picture(run: EducationRun) -> str:
    """People of 25 and over by attainment, with intervals where there are paths.

    Parameters
    ----------
    run : EducationRun
        The run.

    Returns
    -------
    str
        A standalone SVG.
    """
    frame = to_table(shown_levels(run.adults / 1e6).rename("people"))
    bands: dict[str, tuple[str, str]] = {}
    if run.bounds is not None:
        fan = run.bounds / 1e6
        for name, level in QUANTILES.items():
            bound = fan.sel(quantile=level, education="post_secondary").drop_vars("quantile")
            part = to_table(bound.expand_dims("education").rename(name))
            frame = frame.merge(part, on=["year", "education"], how="left")
        bands = _BANDS
    frame["level"] = frame["education"].map(_NAMES)
    share = (run.adults / run.adults.sum("education")).sel(education="post_secondary") * 100
    first, last = float(share.isel(year=0)), float(share.isel(year=-1))
    return line_chart(
        frame,
        x="year",
        y="people",
        series="level",
        bands=bands,
        title=f"{countries()[run.country].names['en']}: {first:.0f} % of people of {SCHOOLED} and "
        f"over had post-secondary education in {BASE}, {last:.0f} % would in {run.options['to']}",
        unit=f"million people of {SCHOOLED} and over, end of year",
        note="Base: Wittgenstein Centre, shares of 2020. Totals: own projection from World "
        f"Population Prospects 2024. Schooling: {run.options['schooling']}. Intervals of "
        f"post-secondary hold the population only. Track record: {run.record}.",
        lang="en",
    )


def _manifest(run: EducationRun) -> dict[str, object]:
    return {
        "command": "project education",
        "options": dict(run.options),
        "units": "persons; shares in percent",
        "moment": "end of year",
        "record": run.record,
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
