# SPDX-License-Identifier: Apache-2.0
"""A run over a user's list of apprehensions: every model, side by side, and its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure.irregular import (
    CAPTURE_MODELS,
    CaptureComparison,
    captures_table,
    compare_capture_models,
)
from keruen.report.build import Desk
from keruen.report.flow_run import Step, quiet
from keruen.report.irregular_context import DEATHS, DETECTIONS, context_table
from keruen.report.release import file_digest
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: Final = "apprehensions"


@dataclass(frozen=True)
class IrregularRun:
    """What a run used and what it found.

    Parameters
    ----------
    comparison : CaptureComparison
        Every model, or why it has no estimate.
    strata : DataFrame
        Estimates of each model by stratum; empty when none were asked for.
    context : DataFrame
        Detections and deaths that published sources give for the country.
    reading : DataFrame
        Decisions taken in reading the file.
    observed : int
        People on the list.
    options : dict
        Options as given.
    inputs : tuple of dict
        The file with its digest, and the embedded tables used.

    See Also
    --------
    run_irregular : Makes it.
    """

    comparison: CaptureComparison
    strata: pd.DataFrame
    context: pd.DataFrame
    reading: pd.DataFrame
    observed: int
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of the run by name, those without rows left out.

        Returns
        -------
        dict of str to DataFrame
            ``estimates``, ``refused``, ``strata``, ``coefficients``, ``frequencies``,
            ``context``, ``reading``.
        """
        import pandas as pd

        found = self.comparison.found
        coefficients = [_long(name, one.coefficients, "term") for name, one in found.items()]
        frequencies = [_long(name, one.frequencies, "captures") for name, one in found.items()]
        tables = {
            "estimates": self.comparison.to_table().dropna(subset=["value"]),
            "refused": pd.DataFrame(self.comparison.refused.items(), columns=["method", "reason"]),
            "strata": self.strata,
            "coefficients": pd.concat(coefficients, ignore_index=True),
            "frequencies": pd.concat(frequencies, ignore_index=True),
            "context": self.context,
            "reading": self.reading,
        }
        return {name: table for name, table in tables.items() if len(table)}

    def statement(self) -> str:
        """What may be said of the estimates together."""
        if self.comparison.view is not None:
            return self.comparison.view.statement
        names = ", ".join(self.comparison.found)
        return f"Only {names} has an estimate: nothing to compare it with."

    def notes(self) -> list[str]:
        """What a reader must know before using the figures."""
        refused: dict[str, list[str]] = {}
        for name, why in self.comparison.refused.items():
            refused.setdefault(why, []).append(name)
        shared: dict[str, list[str]] = {}
        for name, one in self.comparison.found.items():
            for note in one.estimate.notes:
                shared.setdefault(note, []).append(name)
        return [
            f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} no estimate: {why}"
            for why, names in refused.items()
        ] + [f"{', '.join(names)}: {note}" for note, names in shared.items()]


def _long(model: str, array: Any, rows: str) -> pd.DataFrame:  # noqa: ANN401
    """A table of a model with a row a label and its columns beside each other."""
    other = next(str(d) for d in array.dims if d != rows)
    table = array.transpose(rows, other).to_pandas().reset_index()
    table.columns = [str(name) for name in table.columns]
    table.insert(0, "method", model)
    return table


def run_irregular(
    file: Path,
    *,
    moment: str,
    by: Sequence[str] = (),
    strata: Sequence[str] = (),
    models: Sequence[str] = (),
    country: str | None = None,
    sheet: str | None = None,
    draws: int = 0,
    seed: int = 1,
    step: Step | None = None,
) -> IrregularRun:
    """Estimate how many were never apprehended, from a user's list.

    Parameters
    ----------
    file : Path
        People by times apprehended: CSV, Excel or Parquet with the columns of the table
        ``apprehensions``.
    moment : str
        The period.
    by : sequence of str, optional
        Columns that the chance of being caught depends on.
    strata : sequence of str, optional
        Columns to give numbers by.
    models : sequence of str, optional
        Models to use; all when empty.
    country : str, optional
        Country whose detections and deaths stand beside the estimates.
    sheet : str, optional
        Sheet of a workbook.
    draws : int, optional
        Samples of a bootstrap for each model.
    seed : int, optional
        Seed of the draws.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    IrregularRun

    Raises
    ------
    FaultsError
        The file has faults, all of them told.
    SchemaError
        A column or model is unknown, or no model can use the counts.
    CodeError
        The country is unknown.
    """
    from keruen.core.codes import country_code

    tell = step or quiet
    tell(0.05, "reading")
    desk = None if country is None else Desk(country_code(country))
    reading = read_table(file, SCHEMA, sheet=sheet)
    chosen = tuple(models) or CAPTURE_MODELS
    _check(reading.table, by, strata, chosen)
    people = _whole_numbers(reading.table)
    columns = list(dict.fromkeys([*by, *strata]))
    caught = captures_table(people, by=columns)
    tell(0.2, "models")
    comparison = compare_capture_models(
        caught,
        moment=moment,
        models=chosen,  # type: ignore[arg-type]
        covariates=tuple(by),
        strata=tuple(strata),
        draws=draws,
        seed=seed,
    )
    inputs = [{"name": Path(file).name, "sha256": file_digest(Path(file))}]
    if desk is not None:
        inputs += [{"name": name} for name in (DETECTIONS, DEATHS)]
    return IrregularRun(
        comparison=comparison,
        strata=_strata(comparison) if strata else _nothing(),
        context=context_table(desk) if desk is not None else _nothing(),
        reading=reading.changes,
        observed=int(caught.sum()),
        options={
            "moment": moment, "by": list(by), "strata": list(strata), "models": list(chosen),
            "country": country, "draws": draws, "seed": seed,
        },
        inputs=tuple(inputs),
    )  # fmt: skip


def _strata(comparison: CaptureComparison) -> pd.DataFrame:
    """Every model that has an estimate, by stratum."""
    import pandas as pd

    told = [one.strata.to_table() for one in comparison.found.values() if one.strata is not None]
    return pd.concat(told, ignore_index=True)


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame()


def _check(
    table: pd.DataFrame, by: Sequence[str], strata: Sequence[str], models: Sequence[str]
) -> None:
    groups = [name for name in table.columns if name not in ("captures", "persons")]
    faults: list[WorkbenchError] = [
        SchemaError(
            f"the table has no column '{name}' to divide by",
            where="--by, --strata",
            remedy=f"its columns: {', '.join(groups) or 'none beside captures and persons'}",
            id="MissingColumn",
        )
        for name in dict.fromkeys([*by, *strata])
        if name not in groups
    ]
    faults += [
        SchemaError(
            f"no model '{name}'",
            where="--model",
            remedy=f"choose from {', '.join(CAPTURE_MODELS)}",
            id="UnknownModel",
        )
        for name in models
        if name not in CAPTURE_MODELS
    ]
    raise_faults(faults)


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The table with captures and persons as whole numbers."""
    import pandas as pd

    times = pd.to_numeric(table["captures"], errors="coerce")
    wrong = table["captures"][times.isna() | (times != times.round()) | (times < 1)]
    faults: list[WorkbenchError] = []
    if len(wrong):
        faults.append(
            SchemaError(
                f"times apprehended are not whole numbers from 1: {', '.join(map(str, wrong[:5]))}",
                where="captures",
                remedy="give 1, 2, 3 ...; nobody who was never caught is on the list",
                id="BadCaptures",
            )
        )
    part = table["persons"].isna() | (table["persons"] != table["persons"].round())
    if part.any():
        faults.append(
            SchemaError(
                f"{int(part.sum())} numbers of persons are missing or not whole",
                where="persons",
                remedy="give whole numbers of people; 0 where nobody was",
                id="MissingCell",
            )
        )
    raise_faults(faults)
    return table.assign(captures=times.astype(int), persons=table["persons"].astype(int))
