# SPDX-License-Identifier: Apache-2.0
"""A run of remittance estimates as a folder: tables, workbook, picture, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import countries
from keruen.report.bars import bar_chart
from keruen.report.flow_run import Step, quiet
from keruen.report.release import release, write_parquet
from keruen.report.remittance_run import RemittanceRun
from keruen.report.remittance_tables import remittance_tables
from keruen.sources.formats.sheets import Sheet, write_sheets

if TYPE_CHECKING:
    import pandas as pd

_LARGEST: Final = 20
_RULES: Final = {
    "income_gap": "migrants and both incomes",
    "income": "migrants and incomes abroad",
    "stock": "migrants alone",
}


def write_remittances(
    run: RemittanceRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of remittance estimates to a folder.

    Parameters
    ----------
    run : RemittanceRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        The tables of :func:`~keruen.report.remittance_tables.remittance_tables` as CSV and
        Parquet, all of them in ``remittances.xlsx``, ``remittances.svg`` and
        ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.remittance_run.run_remittances : Makes the run.

    Notes
    -----
    The same inputs, options and versions give the same bytes.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.9, "tables")
        tables = remittance_tables(run)
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
            write_parquet(table, folder / f"{name}.parquet")
        write_sheets(_sheets(run, tables), folder / "remittances.xlsx")
        tell(0.97, "picture")
        picture = _picture(run, tables["remittances"])
        (folder / "remittances.svg").write_text(picture, encoding="utf-8")

    return release(target, _manifest(run), fill)


def _manifest(run: RemittanceRun) -> dict[str, object]:
    return {
        "command": "measure remittances",
        "options": dict(run.options),
        "units": "million US dollars",
        "inputs": [dict(one) for one in run.given.listed],
        "comparisons": {
            rule: {"dissimilarity_percent": float(one.dissimilarity)}
            for rule, one in run.comparisons.items()
        },
        "warnings": list(run.notes),
    }


def _sheets(run: RemittanceRun, tables: dict[str, pd.DataFrame]) -> list[Sheet]:
    """A sheet a table, the largest corridors first, and one that says what they are."""
    tables = tables | {"remittances": tables["remittances"].sort_values("amount", ascending=False)}
    notes = [[note] for note in run.notes]
    notes += [[f"{name}: {value}"] for name, value in run.options.items()]
    notes += [["; ".join(one.values())] for one in run.given.listed]
    return [
        *(
            Sheet(name, list(table.columns), _rows(table), [12.0, 12.0])
            for name, table in tables.items()
        ),
        Sheet("notes", [], notes, [120.0]),
    ]


def _rows(table: pd.DataFrame) -> list[list[object]]:
    """Cells as Excel takes them: nothing where a figure is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [list(row) for row in plain.to_numpy().tolist()]


def _picture(run: RemittanceRun, table: pd.DataFrame) -> str:
    """The largest corridors, beside the published ones where there are any."""
    known = countries()

    def named(code: str) -> str:
        return known[code].names["en"] if code in known else code

    largest = table.sort_values("amount", ascending=False).head(_LARGEST)
    frame = largest.assign(
        corridor=[
            f"{named(sender)} to {named(receiver)}"
            for sender, receiver in zip(largest["sender"], largest["receiver"], strict=True)
        ]
    )
    scale, unit = (
        (1e3, "billion US$") if float(np.nanmax(frame["amount"])) > 1e4 else (1.0, "million US$")
    )
    columns = [name for name in ("amount", "published") if name in frame]
    frame[columns] = frame[columns] / scale
    year = run.options["year"]
    return bar_chart(
        frame,
        category="corridor",
        value="amount",
        compare="published" if "published" in frame else None,
        labels=("Estimate", "KNOMAD"),
        title=f"Largest corridors of remittances{f', {year}' if year else ''}",
        unit=unit,
        lang="en",
        decimals=1,
        note=f"Shared out of totals {run.matrix.side} by {_RULES[run.matrix.rule]}; a model, "
        "not reports.",
    )
