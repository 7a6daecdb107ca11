# SPDX-License-Identifier: Apache-2.0
"""A run of skilled emigration as a folder: tables, workbook, picture, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.codes import countries
from keruen.report.bars import bar_chart
from keruen.report.braindrain_run import BrainDrainRun
from keruen.report.flow_run import Step, quiet
from keruen.report.release import release, write_parquet
from keruen.sources.formats.sheets import Sheet, write_sheets

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 25


def write_braindrain(
    run: BrainDrainRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of skilled emigration to a folder.

    Parameters
    ----------
    run : BrainDrainRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        The tables of the run as CSV and Parquet, all of them in ``braindrain.xlsx``,
        ``braindrain.svg`` where there is a rate to draw, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.braindrain_run.run_braindrain : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.85, "tables")
        tables = run.tables()
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
            write_parquet(table, folder / f"{name}.parquet")
        write_sheets(_sheets(run, tables), folder / "braindrain.xlsx")
        tell(0.95, "picture")
        picture = _picture(run)
        if picture:
            (folder / "braindrain.svg").write_text(picture, encoding="utf-8")

    manifest = {
        "command": "measure braindrain",
        "practice": run.practice,
        "units": "percent of all people of that schooling from the country, aged 25 and over",
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.notes),
    }
    return release(target, manifest, fill)


def _sheets(run: BrainDrainRun, tables: dict[str, pd.DataFrame]) -> list[Sheet]:
    notes = [[note] for note in run.notes]
    notes += [["; ".join(one.values())] for one in run.inputs]
    return [
        *(
            Sheet(
                name,
                list(table.columns),
                table.astype(object).where(table.notna(), None).to_numpy().tolist(),
                [12.0] * 4,
            )
            for name, table in tables.items()
        ),
        Sheet("notes", [], notes, [120.0]),
    ]


def _picture(run: BrainDrainRun) -> str:
    """Rates of the highly schooled in the last year, beside those of all."""
    import pandas as pd

    rates = run.rates["T"]
    year = int(rates.rate["year"].max())
    high = rates.rate.sel(year=year, education="high")
    known = countries()
    codes = [str(code) for code in high["country"].to_numpy()]
    frame = pd.DataFrame(
        {
            "country": [known[c].names["en"] if c in known else c for c in codes],
            "high": high.to_numpy(),
            "all": rates.total_rate.sel(year=year).to_numpy(),
        }
    ).dropna()
    if frame.empty:
        return ""
    title = f"Emigrants among the highly schooled of each country, {year}"
    return bar_chart(
        frame.sort_values("high", ascending=False).head(_SHOWN),
        category="country",
        value="high",
        compare="all",
        labels=("Highly schooled", "All"),
        title=f"PRACTICE DATA, not real. {title}" if run.practice else title,
        unit="percent, aged 25 and over",
        lang="en",
        decimals=1,
        note="Lower bounds: only the destinations of the table are counted.",
    )
