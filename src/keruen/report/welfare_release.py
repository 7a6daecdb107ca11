# SPDX-License-Identifier: Apache-2.0
"""A welfare run as a folder: page, workbook, tables, manifest; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Lang, Locale
from keruen.report.pages import write_pages
from keruen.report.plain import write_csv
from keruen.report.release import release, write_parquet
from keruen.report.welfare_page import welfare_report
from keruen.report.welfare_run import WelfareRun

if TYPE_CHECKING:
    import pandas as pd


def write_welfare(
    run: WelfareRun, target: Path, *, lang: Lang = "en", step: Step | None = None
) -> tuple[Path, ...]:
    """Write a welfare run to a folder.

    Parameters
    ----------
    run : WelfareRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    lang : {"en", "ru", "kk"}, optional
        Language of page, workbook and tables.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``welfare.html``, ``welfare.xlsx``, a CSV for every table of the page, the ledger of
        both directions as ``ledger.csv`` and ``ledger.parquet`` with the same names in every
        language, ``assumptions.yaml`` to change and hand back, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.welfare_run.run_welfare : Makes the run.
    """
    tell = step or quiet
    locale = Locale(lang)
    report = welfare_report(run)

    def fill(folder: Path) -> None:
        tell(0.92, "page")
        write_pages(report, locale, folder, "welfare")
        tell(0.96, "tables")
        for exhibit in report.exhibits():
            write_csv(exhibit.table, locale, folder / f"{exhibit.table.id}.csv")
        (folder / "assumptions.yaml").write_text(assumptions_file(run), encoding="utf-8")
        table = ledger_table(run)
        table.to_csv(folder / "ledger.csv", index=False, float_format="%.10g")
        write_parquet(table, folder / "ledger.parquet")

    return release(target, _manifest(run, lang), fill)


def assumptions_file(run: WelfareRun) -> str:
    """The assumptions of a run as a file that may be changed and handed back.

    Parameters
    ----------
    run : WelfareRun
        The run.

    Returns
    -------
    str
        YAML.

    Examples
    --------
    >>> from keruen.report.welfare_run import run_welfare
    >>> text = assumptions_file(run_welfare("KAZ", draws=100, sensitivity=False))
    >>> text.splitlines()[5]
    '    values: {1990-01-01: {dist: pert, low: 0.4, mode: 0.57, high: 0.7}}'
    """
    lines = ["# Change what you know better, and run: keruen welfare --assumptions THIS_FILE",
             "parameters:"]  # fmt: skip
    for one in run.inputs:
        key = f"welfare.{one.name}"
        dated = run.parameters[key].on(run.day)
        if dated is None:
            raise ValueError(f"{key} has no value on {run.day}")
        numbers = {"at" if name == "value" else name: value for name, value in one.values.items()}
        told = ", ".join(f"{name}: {value:.10g}" for name, value in numbers.items())
        lines += [
            f"  # {run.parameters[key].label['en']}; {one.units}; {dated.reference.text('en')}",
            f"  {key}:",
            f"    status: {dated.status}",
            f"    values: {{{dated.start}: {{dist: {one.dist}, {told}}}}}",
        ]
    return "\n".join(lines) + "\n"


def ledger_table(run: WelfareRun) -> pd.DataFrame:
    """Both directions as one tidy table.

    Parameters
    ----------
    run : WelfareRun
        The run.

    Returns
    -------
    DataFrame
        Columns of :meth:`~keruen.decide.welfare.TripleWin.to_table` behind ``direction``.
    """
    import pandas as pd

    parts = [
        one.ledger.table.to_table().assign(direction=side)
        for side, one in run.directions.items()
        if one.ledger is not None
    ]
    columns = ["direction", "side", "party", "scenario"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    return table[[*columns, *(name for name in table.columns if name not in columns)]]


def _manifest(run: WelfareRun, lang: Lang) -> dict[str, object]:
    english = Locale("en")
    return {
        "command": "welfare",
        "options": {**run.options, "lang": lang},
        "units": "international dollars of 2021 a year",
        "inputs": [dict(one) for one in run.files],
        "assumptions": {one.name: {"dist": one.dist, **one.values} for one in run.inputs},
        "to_be_confirmed": run.unconfirmed,
        "movers": {
            side: {
                "people": float(one.given.movers.people.sum()) + one.given.movers.unplaced,
                "period": one.given.movers.period,
                "observed": one.given.movers.observed,
            }
            for side, one in run.directions.items()
        },
        "adjustments": {
            side: one.ledger.adjustments.to_dict("records")
            for side, one in run.directions.items()
            if one.ledger is not None and len(one.ledger.adjustments)
        },
        "warnings": [
            note.render(english)
            for note in (
                *run.notes,
                *(gap for one in run.directions.values() for gap in one.given.missing),
            )
        ],
    }
