# SPDX-License-Identifier: Apache-2.0
"""A user's estimates of irregular migrants, made in different ways, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure.irregular_estimates import Covers, IrregularEstimate, JointView, joint_view
from keruen.report.flow_run import Step, quiet
from keruen.report.interval_chart import interval_chart
from keruen.report.release import file_digest, release
from keruen.report.table_release import write_tables
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: Final = "irregular_estimates"
_FACTS: Final = ("covers", "moment", "assumption")
_MOST: Final = 60  # rows of a picture that can still be read


@dataclass(frozen=True)
class IrregularView:
    """A user's estimates and what may be said of them together.

    Parameters
    ----------
    view : JointView
        Estimates by method and group, and which cannot be told apart.
    estimates : DataFrame
        A row an estimate, with what it covers, when and what must hold.
    reading : DataFrame
        Decisions taken in reading the files.
    observed : float or None
        People counted, of whom no estimate may have fewer.
    inputs : tuple of dict
        The files with their digests.

    See Also
    --------
    run_irregular_view : Makes it.
    """

    view: JointView
    estimates: pd.DataFrame
    reading: pd.DataFrame
    observed: float | None
    inputs: tuple[Mapping[str, str], ...]


def run_irregular_view(
    files: Sequence[Path],
    *,
    observed: float | None = None,
    sheet: str | None = None,
    step: Step | None = None,
) -> IrregularView:
    """Set estimates of one population side by side.

    Parameters
    ----------
    files : sequence of Path
        CSV, Excel or Parquet with the columns of the table ``irregular_estimates``; the
        ``estimates`` that ``keruen measure irregular`` writes are one.
    observed : float, optional
        People counted.
    sheet : str, optional
        Sheet of the workbooks.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    IrregularView

    Raises
    ------
    FaultsError, SchemaError
        Whatever is wrong with the files: limits that do not hold the estimate
        (``BadInterval``), a kind of irregularity that is none (``BadCovers``), a method twice
        (``DuplicateKey``), one estimate alone (``NothingToCompare``), an upper limit below
        the people counted (``BelowObserved``).
    CoverageError
        The methods do not stand for the same groups.

    See Also
    --------
    keruen.measure.irregular.joint_view : The same in Python.
    """
    import pandas as pd

    tell = step or quiet
    tell(0.1, "reading")
    readings = [read_table(file, SCHEMA, sheet=sheet) for file in files]
    table = pd.concat([one.table for one in readings], ignore_index=True)
    table["upper"] = table["upper"].fillna(np.inf)
    table = table if "value" in table else table.assign(value=np.nan)
    raise_faults(_faults(table))
    tell(0.6, "estimates")
    people = None if observed is None else xr.DataArray(float(observed))
    view = joint_view(list(_estimates(table)), observed=people)
    told = view.to_table().merge(
        table[["method", "assumption"]].drop_duplicates("method"), on="method"
    )
    return IrregularView(
        view=view,
        estimates=told,
        reading=pd.concat([one.changes for one in readings], ignore_index=True),
        observed=observed,
        inputs=tuple({"name": file.name, "sha256": file_digest(file)} for file in files),
    )


def _faults(table: pd.DataFrame) -> Iterator[WorkbenchError]:
    kinds = get_args(Covers)
    wrong = sorted(set(table["covers"]) - set(kinds))
    if wrong:
        yield SchemaError(
            f"no such kind of irregularity: {few(wrong)}", where="covers",
            remedy=f"choose from {', '.join(kinds)}", id="BadCovers",
        )  # fmt: skip
    if table["lower"].isna().any():
        yield SchemaError(
            "lower limits are missing", where=few(_names(table[table["lower"].isna()])),
            remedy="give 0, or the people counted, where a method has no lower limit",
            id="MissingCell",
        )  # fmt: skip
    outside = (table["lower"] > table["upper"]) | (
        (table["value"] < table["lower"]) | (table["value"] > table["upper"])
    )
    if outside.any():
        yield SchemaError(
            "the limits do not hold the estimate", where=few(_names(table[outside])),
            remedy="give lower, value and upper in this order of size", id="BadInterval",
        )  # fmt: skip
    keys = [name for name in ("method", "group") if name in table]
    twice = table.duplicated(keys)
    if twice.any():
        yield SchemaError(
            "methods stand twice", where=few(_names(table[twice])),
            remedy="give each estimate a name of its own", id="DuplicateKey",
        )  # fmt: skip
    for fact in _FACTS:
        several = table.groupby("method")[fact].nunique()
        if (several > 1).any():
            yield SchemaError(
                f"a method has several of {fact}", where=few(several.index[several > 1]),
                remedy="give each a name of its own, or the same for all its groups",
                id="SeveralFacts",
            )  # fmt: skip


def _names(table: pd.DataFrame) -> list[str]:
    if "group" not in table:
        return [str(name) for name in table["method"]]
    return [f"{m}, {g}" for m, g in zip(table["method"], table["group"], strict=True)]


def _estimates(table: pd.DataFrame) -> Iterator[IrregularEstimate]:
    for method, rows in table.groupby("method", sort=False):
        value, lower, upper = (_array(rows, name) for name in ("value", "lower", "upper"))
        covers, moment, assumption = (rows[fact].iloc[0] for fact in _FACTS)
        yield IrregularEstimate(
            str(method),
            value,
            lower,
            upper,
            covers=covers,
            moment=str(moment),
            assumption=str(assumption),
            interval="as given",
        )


def _array(rows: pd.DataFrame, name: str) -> xr.DataArray:
    if "group" not in rows:
        return xr.DataArray(float(rows[name].iloc[0]))
    return xr.DataArray(
        rows[name].to_numpy(dtype=float), coords={"group": [str(g) for g in rows["group"]]}
    )


def write_irregular_view(
    run: IrregularView, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write estimates side by side to a folder.

    Parameters
    ----------
    run : IrregularView
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``estimates`` and ``reading`` as CSV and Parquet and in ``view.xlsx``, ``view.svg``
        and ``manifest.json``. No picture of more than 60 estimates.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    run_irregular_view : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.8, "tables")
        tables = {"estimates": _open(run.estimates), "reading": run.reading}
        kept = {name: table for name, table in tables.items() if len(table)}
        write_tables(kept, folder, workbook="view")
        if len(run.estimates) <= _MOST:
            tell(0.9, "picture")
            (folder / "view.svg").write_text(_picture(run), encoding="utf-8")

    manifest = {
        "command": "measure irregular-view",
        "options": {"observed": run.observed},
        "units": "persons",
        "statement": run.view.statement,
        "inputs": [dict(one) for one in run.inputs],
    }
    return release(target, manifest, fill)


def _open(table: pd.DataFrame) -> pd.DataFrame:
    """The table with no upper limit as an empty cell and a word beside it, for spreadsheets."""
    ends = np.isfinite(table["upper"])
    told = table.assign(upper=table["upper"].where(ends))
    place = list(table.columns).index("upper")
    told.insert(place + 1, "upper_limit", np.where(ends, "given", "none"))
    return told


def _picture(run: IrregularView) -> str:
    table = run.estimates
    facts = table["covers"] + ", " + table["moment"]
    names = [f"{name} ({fact})" for name, fact in zip(_names(table), facts, strict=True)]
    return interval_chart(
        table.assign(label=names),
        name="label",
        value="value",
        lower="lower",
        upper="upper",
        title=run.view.statement.partition(". ")[0].rstrip(".") + ".",
        unit="persons; estimate and interval as given, on an axis of ratios",
        reference=run.observed or None,
        reference_label="counted",
        note="Each estimate rests on an assumption of its own: see estimates.csv. "
        "None is preferred.",
    )
