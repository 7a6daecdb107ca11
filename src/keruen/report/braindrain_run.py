# SPDX-License-Identifier: Apache-2.0
"""A run of skilled emigration: a user's emigrants by education over embedded residents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.tables import to_table
from keruen.measure.braindrain import EmigrationRates, EntryAges, emigration_rates, entry_ages
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import described
from keruen.report.release import file_digest
from keruen.sources.education_inputs import PEOPLE, SHARES, residents_by_education
from keruen.sources.emigrant_files import EmigrantTable, read_emigrants
from keruen.sources.synthetic_emigrants import PRACTICE

if TYPE_CHECKING:
    import pandas as pd

_ENTRY: Final = (0, 12, 18, 22)


@dataclass(frozen=True)
class BrainDrainRun:
    """What a run used and what it found.

    Parameters
    ----------
    rates : mapping of str to EmigrationRates
        ``T`` for both sexes, and ``F`` and ``M`` where the file tells them apart.
    residents : DataArray [year, country, education, sex], persons
        The denominators.
    entry : EntryAges or None
        Rates without those who came young; None where the file lacks ages at arrival.
    practice : bool
        Whether the file holds practice data.
    inputs : tuple of dict
        The file and the embedded tables, with their digests.
    notes : tuple of str
        What must be said beside the numbers.
    """

    rates: Mapping[str, EmigrationRates]
    residents: xr.DataArray
    entry: EntryAges | None
    practice: bool
    inputs: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables of the run.

        Returns
        -------
        dict of str to DataFrame
            ``rates`` (a row a year, country, sex and schooling), ``countries``, ``world``,
            ``adjustments``, and ``entry_ages`` where these are known. Every row of a run
            on practice data says so in the column ``note``.
        """
        found = {
            "rates": _rates(self),
            "countries": _countries(self),
            "world": _by_sex(self, ("world_rate",)),
            "adjustments": self.rates["T"].adjustments,
        }
        if self.entry is not None:
            found["entry_ages"] = _joined(
                {"rate": self.entry.rate, "left_out": self.entry.left_out}
            )
        return {
            name: table.assign(note=PRACTICE) if self.practice else table
            for name, table in found.items()
        }


def run_braindrain(path: Path, *, step: Step | None = None) -> BrainDrainRun:
    """Estimate emigration rates by schooling from a file of emigrants.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet as ``keruen data template emigrants_by_education`` gives it.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    BrainDrainRun

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    FaultsError
        Whatever is wrong with the table, all of it at once.
    CoverageError
        A year or country of origin is beyond the embedded population.

    See Also
    --------
    keruen.report.braindrain_release.write_braindrain : Writes the run to a folder.
    """
    tell = step or quiet
    tell(0.0, "emigrants")
    given = read_emigrants(path)
    emigrants = given.emigrants
    tell(0.3, "residents")
    residents = residents_by_education(
        [int(year) for year in emigrants.indexes["year"]],
        countries=[str(code) for code in emigrants.indexes["origin"]],
    )
    tell(0.6, "rates")
    here = emigrants.sum("entry_age", min_count=1) if "entry_age" in emigrants.dims else emigrants
    both = here.sum("sex", min_count=1) if "sex" in here.dims else here
    everybody = residents.sum("sex", skipna=False)
    rates = {"T": emigration_rates(both, everybody)}
    for sex in here.indexes["sex"] if "sex" in here.dims else ():
        rates[str(sex)] = emigration_rates(
            here.sel(sex=sex, drop=True), residents.sel(sex=sex, drop=True)
        )
    return BrainDrainRun(
        rates=rates,
        residents=residents,
        entry=_entry(emigrants, everybody),
        practice=given.practice,
        inputs=(
            {"file": path.name, "sha256": file_digest(path)},
            *map(described, (SHARES, PEOPLE)),
        ),
        notes=tuple(_said(given, rates["T"], residents)),
    )


def _entry(emigrants: xr.DataArray, residents: xr.DataArray) -> EntryAges | None:
    """Rates by youngest age at arrival, for the usual ages that a group begins with."""
    if "entry_age" not in emigrants.dims:
        return None
    ages = [age for age in _ENTRY if age in emigrants.indexes["entry_age"]]
    if len(ages) < 2:
        return None
    both = emigrants.sum("sex", min_count=1) if "sex" in emigrants.dims else emigrants
    return entry_ages(both, residents, ages=ages)


def _said(given: EmigrantTable, rates: EmigrationRates, residents: xr.DataArray) -> Iterator[str]:
    if given.practice:
        yield "PRACTICE DATA: made up; nothing here says anything about any country."
    count = given.emigrants.sizes["destination"]
    yield (
        f"{count} destinations are covered: rates are lower bounds, because emigrants elsewhere "
        "are not counted."
    )
    hidden = float(rates.unknown_share.max())
    if hidden > 0:
        yield (
            f"Up to {hidden:.1f} % of a country's emigrants have unknown schooling and are shared "
            "out as the others."
        )
    silent = rates.rate.isnull().all(["year", "education"])
    if bool(silent.any()):
        codes = ", ".join(map(str, rates.rate["country"].to_numpy()[silent.to_numpy()]))
        yield f"No residents by schooling are held of {codes}: their rates are missing."
    of = ", ".join(map(str, residents.attrs["shares_of"]))
    yield f"Residents: schooling of {of}, people of the year itself."


def _rates(run: BrainDrainRun) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for sex, one in run.rates.items():
        people = (
            run.residents.sum("sex", skipna=False) if sex == "T" else run.residents.sel(sex=sex)
        )
        table = _joined({"emigrants": one.emigrants, "residents": people, "rate": one.rate})
        table.insert(2, "sex", sex)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _countries(run: BrainDrainRun) -> pd.DataFrame:
    names = ("total_rate", "selection", "schooling_gap", "unknown_share", "destinations")
    return _by_sex(run, names)


def _by_sex(run: BrainDrainRun, names: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    parts = [
        _joined({name: getattr(one, name) for name in names}).assign(sex=sex)
        for sex, one in run.rates.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    keys = [name for name in table.columns if name not in (*names, "sex")]
    return table[[*keys, "sex", *names]]


def _joined(arrays: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Arrays of the same cells as columns."""
    first = next(iter(arrays.values()))
    table = to_table(first.rename("value"))[list(map(str, first.dims))]
    return table.assign(
        **{
            name: array.sel({d: first.indexes[str(d)] for d in first.dims})
            .transpose(*first.dims)
            .to_numpy()
            .reshape(-1)
            for name, array in arrays.items()
        }
    )
