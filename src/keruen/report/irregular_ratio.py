# SPDX-License-Identifier: Apache-2.0
"""A run of the ratio model over a user's counts of three authorities, as a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.tables import from_table
from keruen.measure.ratio_model import RatioFamily, RatioModel, ratio_model
from keruen.report.flow_run import Step, quiet
from keruen.report.release import file_digest, release
from keruen.report.table_release import write_tables
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: Final = "irregular_registers"
_COUNTS: Final = ("apprehended", "identified", "registered")


@dataclass(frozen=True)
class RatioRun:
    """What a run of the ratio model used and found.

    Parameters
    ----------
    model : RatioModel
        The estimate with its coefficients.
    reading : DataFrame
        Decisions taken in reading the file.
    options : dict
        Options as given.
    inputs : tuple of dict
        The file with its digest.

    See Also
    --------
    run_ratio : Makes it.
    """

    model: RatioModel
    reading: pd.DataFrame
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of the run by name, those without rows left out.

        Returns
        -------
        dict of str to DataFrame
            ``estimates``, ``coefficients``, ``reading``.
        """
        import pandas as pd

        terms = self.model.coefficients.transpose("term", "statistic")
        names = [str(name) for name in terms.indexes["statistic"]]
        coefficients = pd.DataFrame(terms.to_numpy(), columns=names)
        coefficients.insert(0, "term", terms.indexes["term"])
        tables = {
            "estimates": self.model.estimate.to_table(),
            "coefficients": coefficients,
            "reading": self.reading,
        }
        return {name: table for name, table in tables.items() if len(table)}


def run_ratio(
    file: Path,
    *,
    moment: str,
    alpha: Sequence[str] = (),
    beta: Sequence[str] = (),
    family: RatioFamily = "poisson",
    sheet: str | None = None,
    draws: int = 500,
    seed: int = 1,
    step: Step | None = None,
) -> RatioRun:
    """Estimate irregular residents from counts of three authorities.

    Parameters
    ----------
    file : Path
        CSV, Excel or Parquet with the columns of the table ``irregular_registers``.
    moment : str
        The period.
    alpha, beta : sequence of str, optional
        Columns that the two exponents depend on.
    family : {"poisson", "negative_binomial"}, optional
        How counts vary around what is expected.
    sheet : str, optional
        Sheet of a workbook.
    draws, seed : int, optional
        Samples of whole citizenships for the interval, and their seed.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    RatioRun

    Raises
    ------
    FaultsError
        The file has faults, all of them told.
    SchemaError
        A column is unknown (``MissingColumn``), cells are missing (``MissingCell``), or the
        cells are too few (``Unidentified``).
    ConvergenceError
        The fit did not settle (``NotConverged``).

    See Also
    --------
    keruen.measure.irregular.ratio_model : The same in Python.
    """
    tell = step or quiet
    tell(0.1, "reading")
    reading = read_table(file, SCHEMA, sheet=sheet)
    dims = [name for name in reading.table.columns if name not in _COUNTS]
    _check(reading.table, dims, [*alpha, *beta])
    arrays = [from_table(reading.table[[*dims, name]], value=name, dims=dims) for name in _COUNTS]
    tell(0.3, "model")
    model = ratio_model(
        *(array.fillna(0.0) for array in arrays),
        moment=moment, alpha=alpha, beta=beta, family=family, draws=draws, seed=seed,
    )  # fmt: skip
    return RatioRun(
        model=model,
        reading=reading.changes,
        options={
            "moment": moment, "alpha": list(alpha), "beta": list(beta), "family": family,
            "draws": draws, "seed": seed,
        },
        inputs=({"name": file.name, "sha256": file_digest(file)},),
    )  # fmt: skip


def _check(table: pd.DataFrame, dims: Sequence[str], asked: Sequence[str]) -> None:
    """Refuse unknown columns and counts marked as not known; a row left out is nobody."""
    faults: list[WorkbenchError] = [
        SchemaError(
            f"the table has no column '{name}'", where="--alpha, --beta",
            remedy=f"its columns: {', '.join(d for d in dims if d != 'citizenship') or 'none'}",
            id="MissingColumn",
        )
        for name in dict.fromkeys(asked)
        if name not in dims or name == "citizenship"
    ]  # fmt: skip
    for name in _COUNTS:
        unknown = int(table[name].isna().sum())
        if unknown:
            faults.append(
                SchemaError(
                    f"{unknown} figures are not known", where=name,
                    remedy="leave these rows out: a citizenship takes part with all three counts",
                    id="MissingCell",
                )
            )  # fmt: skip
    raise_faults(faults)


def write_ratio(run: RatioRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a run of the ratio model to a folder.

    Parameters
    ----------
    run : RatioRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``estimates``, ``coefficients`` and ``reading`` as CSV and Parquet and in
        ``ratio.xlsx``, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    run_ratio : Makes the run.
    """
    (step or quiet)(0.9, "tables")
    manifest = {
        "command": "measure irregular-ratio",
        "options": dict(run.options),
        "units": "persons",
        "gamma": run.model.gamma,
        "log_likelihood": run.model.log_likelihood,
        "excluded": run.model.excluded,
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.model.estimate.notes),
    }
    return release(
        target, manifest, lambda folder: write_tables(run.tables(), folder, workbook="ratio")
    )
