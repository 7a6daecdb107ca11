# SPDX-License-Identifier: Apache-2.0
"""A projection of own tables as a folder: tables, pictures, manifest; all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.codes import countries, region_name
from keruen.core.codes import is_region as is_listed
from keruen.project.population import RegionalProjection
from keruen.report.charts import line_chart, pyramid
from keruen.report.flow_run import Step, quiet
from keruen.report.own_run import OwnRun
from keruen.report.regional_tables import migration_table, moves_table, net_migration, tidy
from keruen.report.release import release, write_parquet

if TYPE_CHECKING:
    import pandas as pd

_AGES: Final = ["sex", "age"]
_LINES: Final = 6


def write_own(run: OwnRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a run of own tables to a folder.

    Parameters
    ----------
    run : OwnRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``population``, ``births``, ``deaths``, ``migration``, ``totals`` and ``adjustments``
        as Parquet, ``moves`` between regions; ``population.svg``, ``pyramid.svg`` and
        ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.own_run.run_own : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.9, "tables")
        for name, table in own_tables(run).items():
            write_parquet(table, folder / f"{name}.parquet")
        tell(0.95, "pictures")
        (folder / "population.svg").write_text(_lines(run), encoding="utf-8")
        (folder / "pyramid.svg").write_text(_pyramid(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


def own_tables(run: OwnRun) -> dict[str, pd.DataFrame]:
    """Everything a run of own tables found, by name of the file.

    Parameters
    ----------
    run : OwnRun
        The run.

    Returns
    -------
    dict of DataFrame
        Tidy, one row a cell; the place first where there is one.
    """
    own = run.projection
    tables = {
        "population": tidy(own.population),
        "births": tidy(own.births).rename(columns={"age": "mother_age"}),
        "deaths": tidy(own.deaths),
    }
    if isinstance(own, RegionalProjection):
        tables |= {"migration": migration_table(own), "moves": moves_table(own)}
    else:
        tables["migration"] = tidy(own.migration).rename(columns={"net_migration": "migration"})
    return tables | {"totals": _totals(run), "adjustments": own.adjustments}


def _migration(run: OwnRun) -> xr.DataArray:
    """Net migration of every year, sex and age, all kinds together."""
    own = run.projection
    if not isinstance(own, RegionalProjection):
        return own.migration
    international, internal, agreement = net_migration(own).values()
    return international + internal + agreement


def _totals(run: OwnRun) -> pd.DataFrame:
    import pandas as pd

    own = run.projection
    parts = {"population": own.population, "births": own.births, "deaths": own.deaths}
    parts["migration"] = _migration(run)
    tables = [
        tidy(part.sum(_AGES).rename("value")).assign(quantity=name) for name, part in parts.items()
    ]
    keys = [run.place] if run.place else []
    return pd.concat(tables, ignore_index=True)[[*keys, "year", "quantity", "value"]]


def _name(code: str) -> str:
    if code in countries():
        return countries()[code].names["en"]
    return region_name(code) if is_listed(code) else code


def _lines(run: OwnRun) -> str:
    """The total of every place, or of all together where there are many."""
    total = run.projection.population.sum(_AGES).rename("people")
    apart = bool(run.place) and 1 < total.sizes[run.place] <= _LINES
    if run.place and not apart:
        total = total.sum(run.place)
    scale, unit = (1e6, "million people") if float(total.max()) >= 3e6 else (1e3, "thousand people")
    frame = (total / scale).to_dataframe(name="people").reset_index()
    if apart:
        frame["place"] = [_name(str(code)) for code in frame[run.place]]
    whole = run.projection.population.sum(
        [d for d in run.projection.population.dims if d != "year"]
    )
    grown = 100 * (float(whole[-1]) / float(whole[0]) - 1)
    return line_chart(
        frame,
        x="year",
        y="people",
        series="place" if apart else None,
        title=f"{_title(run)}: {grown:+.0f} % to the end of {run.last}",
        unit=f"{unit}, 1 January",
        note=_note(run),
        lang="en",
    )


def _title(run: OwnRun) -> str:
    people = run.projection.population
    if not run.place:
        return str(run.options["file"])
    codes = [str(code) for code in people.indexes[run.place]]
    kind = "regions" if run.place == "region" else "countries"
    return _name(codes[0]) if len(codes) == 1 else f"{len(codes)} {kind}"


def _pyramid(run: OwnRun) -> str:
    """Age and sex at the base and at the end, all places together."""
    people = run.projection.population
    ages = people.sum(run.place) if run.place else people
    first = int(people.indexes["year"][0])
    ends = ages.sel(year=[first, run.last + 1])
    lower = ends.indexes["age"].to_numpy() // 5 * 5
    grouped = ends.assign_coords(age=lower).groupby("age").sum()
    return pyramid(
        grouped.rename("population").to_dataframe().reset_index(),
        value="population",
        now=first,
        later=run.last + 1,
        labels=(f"1 January {first}", f"end of {run.last}"),
        title=f"{_title(run)}: age and sex in {first} and at the end of {run.last}",
        unit="persons",
        sex_labels=("Men", "Women"),
        open_age=int(lower[-1]),
        note=_note(run),
        lang="en",
    )


def _note(run: OwnRun) -> str:
    variant = str(run.options["variant"]).replace("_", " ")
    return f"Variant: {variant}. From {run.options['file']}. Track record: {run.record}."


def _manifest(run: OwnRun) -> dict[str, object]:
    return {
        "command": "project population",
        "options": dict(run.options),
        "units": "persons",
        "moment": "population on 1 January; births, deaths and migration of the calendar year",
        "record": run.record,
        "rules": {**asdict(run.rules), "digest": run.rules.digest},
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
