# SPDX-License-Identifier: Apache-2.0
"""A back-test as a folder: scores, cells, the record to print, a picture, a manifest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_name
from keruen.project.skill import Skill
from keruen.report.backtest_run import LEADS, OWN, BacktestRun
from keruen.report.backtest_tables import score_table
from keruen.report.charts import line_chart
from keruen.report.flow_run import Step, quiet
from keruen.report.release import release, write_parquet

if TYPE_CHECKING:
    import pandas as pd

_CELLS: Final = ("absolute_error", "crps", "inside_80", "inside_95")


def write_backtest(run: BacktestRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a back-test to a folder.

    Parameters
    ----------
    run : BacktestRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``scores.csv`` and ``.parquet``, ``cells.parquet`` and ``ages.parquet`` with the error
        of every country, ``pit.csv``, ``record.json``, ``backtest.svg``, ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.backtest_run.run_backtest : Makes the run.
    keruen.report.records.population_record : Prints the record that the package ships.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.95, "tables")
        scores = score_table(run)
        scores.to_csv(folder / "scores.csv", index=False, float_format="%.6g")
        write_parquet(scores, folder / "scores.parquet")
        write_parquet(_cells(run), folder / "cells.parquet")
        write_parquet(_ages(run), folder / "ages.parquet")
        run.places.to_pandas().to_csv(folder / "pit.csv", float_format="%.4g")
        (folder / "record.json").write_text(_text(record(run)), encoding="utf-8")
        (folder / "backtest.svg").write_text(picture(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


def _cells(run: BacktestRun) -> pd.DataFrame:
    """Errors of totals, one row a method, origin, lead and country."""
    table = run.total.cells[list(_CELLS)].to_dataframe().reset_index()
    return table.dropna(subset=["absolute_error"]).reset_index(drop=True)


def _ages(run: BacktestRun) -> pd.DataFrame:
    table = run.ages.to_dataframe(name="wape").reset_index()
    return table.dropna(subset=["wape"]).reset_index(drop=True)


def record(run: BacktestRun) -> dict[str, object]:
    """What a report prints beside projections, as plain data.

    Parameters
    ----------
    run : BacktestRun
        A back-test; of all countries where skill is wanted.

    Returns
    -------
    dict
        Command, day, digests of inputs; totals and ages by years ahead with their skill, the
        edition of 2017, and the mean error of every country.
    """
    leads = [lead for lead in LEADS if lead in run.total.cells.indexes["lead"]]
    several = len(run.countries) > 1
    return {
        "command": _command(run),
        "tested": run.tested.isoformat(),
        "design": run.total.design,
        "inputs": {one["id"]: one["sha256"] for one in run.inputs},
        "totals": {str(lead): _total(run, lead, several=several) for lead in leads},
        "ages": {str(lead): _age(run, lead, several=several) for lead in leads},
        "edition": _edition(run),
        "countries": _countries(run, leads),
    }


def _text(found: dict[str, object]) -> str:
    """JSON with every list of numbers on one line."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    return re.sub(r"\[\s+([^\]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text) + "\n"


def _command(run: BacktestRun) -> str:
    """The command line that makes the same run."""
    options = run.options
    origins = " ".join(f"--origin {year}" for year in options["origins"])  # type: ignore[attr-defined]
    return (
        f"keruen project backtest {options['country']} {origins} "
        f"--horizon {options['horizon']} --trajectories {options['trajectories']} "
        f"--seed {options['seed']}"
    )


def _round(value: float | xr.DataArray) -> float | None:
    return None if not np.isfinite(float(value)) else round(float(value), 4)


def _skill(one: Skill) -> dict[str, object]:
    return {
        "verdict": one.verdict,
        "rival": one.rival,
        "rival_mae": _round(one.rival_score),
        "skill": [_round(value) for value in (one.value, one.lower, one.upper)],
        "countries": one.blocks,
    }


def _total(run: BacktestRun, lead: int, *, several: bool) -> dict[str, object]:
    found = run.total.cells.sel(forecaster=OWN, lead=lead)
    facts: dict[str, object] = {
        "mae": _round(found["absolute_error"].mean()),
        "median_error": _round(found["absolute_error"].median()),
        "crps": _round(found["crps"].mean()),
        "inside_80": _round(found["inside_80"].mean()),
        "inside_95": _round(found["inside_95"].mean()),
        "origins": int(found["absolute_error"].notnull().any("country").sum()),
    }
    return facts | (_skill(run.total.skill([lead])) if several else {})


def _age(run: BacktestRun, lead: int, *, several: bool) -> dict[str, object]:
    found = run.ages.sel(forecaster=OWN, lead=lead)
    facts: dict[str, object] = {"wape": _round(found.mean())}
    return facts | (_skill(run.age_skill(lead)) if several else {})


def _edition(run: BacktestRun) -> dict[str, object] | None:
    if run.edition is None:
        return None
    row = run.edition.to_table().iloc[0]
    facts = {"mae": _round(row["mae"]), "median_error": _round(row["median_error"])}
    return facts | {"design": run.edition.design} | _skill(run.edition.skill())


def _countries(run: BacktestRun, leads: list[int]) -> dict[str, list[float | None]]:
    """Mean absolute error of each country at every lead, in percent."""
    own = run.total.cells["absolute_error"].sel(forecaster=OWN, lead=leads).mean("base_year")
    values = own.transpose("country", "lead").to_numpy()
    return {
        code: [None if not np.isfinite(one) else round(float(one), 2) for one in row]
        for code, row in zip(run.countries, values, strict=True)
    }


def picture(run: BacktestRun) -> str:
    """Mean error of the total by years ahead, of the projection and its rivals.

    Parameters
    ----------
    run : BacktestRun
        The run.

    Returns
    -------
    str
        Standalone SVG.
    """
    table = run.total.to_table()
    shown = table[table["method"] != "no change"]
    whole = run.options["country"] == "all"
    place = f"{len(run.countries)} countries" if whole else country_name(run.countries[0])
    last = table[table["method"] == OWN].iloc[-1]
    origins = ", ".join(str(year) for year in run.total.cells.indexes["base_year"])
    return line_chart(
        shown,
        x="years",
        y="mae",
        series="method",
        title=f"{place}: the total was missed by {last['mae']:.1f} % {last['years']} years ahead",
        unit="mean absolute error of the total population, percent, by years ahead",
        note=f"Data to {origins}, today's estimates cut there; far ahead fewer origins count. "
        f"Tested {run.tested.isoformat()}.",
        lang="en",
        from_zero=True,
    )


def _manifest(run: BacktestRun) -> dict[str, object]:
    return {
        "command": "project backtest",
        "options": dict(run.options),
        "units": "percent of the population",
        "tested": run.tested.isoformat(),
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
