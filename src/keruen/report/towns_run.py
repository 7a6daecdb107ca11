# SPDX-License-Identifier: Apache-2.0
"""Runs on towns: the account of a country, and the classes of a grid of population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.core.codes import country_code
from keruen.core.errors import CoverageError
from keruen.measure.settlement_grid import SettlementGrid, degree_of_urbanisation
from keruen.measure.settlement_units import UNIT_CLASSES, UnitClasses, unit_classes
from keruen.report.build import Desk
from keruen.report.city_figures import Cities, cities
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Locale
from keruen.report.release import file_digest
from keruen.report.urban_accounts import UrbanAccount, urban_account

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GridRun", "TownsRun", "run_grid", "run_towns"]


@dataclass(frozen=True)
class TownsRun:
    """The urban account of a country.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    account : UrbanAccount
        People, parts of growth, breaks.
    cities : Cities or None
        Cities of 300,000 people and more.
    """

    country: str
    account: UrbanAccount
    cities: Cities | None

    def notes(self) -> tuple[str, ...]:
        """Years in which the figures of the country step, and why, in English."""
        return tuple(
            f"{one.year}-{one.year + 1}: {one.reason.render(Locale('en'))}"
            for one in self.account.breaks
            if not one.region
        )


@dataclass(frozen=True)
class GridRun:
    """A grid of population with its classes.

    Parameters
    ----------
    grid : SettlementGrid
        Classes of cells.
    units : UnitClasses or None
        Classes of municipalities, where the file names them.
    source : mapping
        Name and digest of the file, side of a cell.
    """

    grid: SettlementGrid
    units: UnitClasses | None
    source: Mapping[str, object]

    def unit_table(self) -> pd.DataFrame | None:
        """Tidy table: one row a municipality; None where the file names none."""
        import pandas as pd

        if self.units is None:
            return None
        code = self.units.unit_class.to_numpy()
        return pd.DataFrame(
            {
                "unit": self.units.people["locality"].to_numpy(),
                "class": code,
                "name": [UNIT_CLASSES.get(one) for one in code.tolist()],
                "people": self.units.people.to_numpy(),
                "urban_centre_share": self.units.centre_share.to_numpy(),
                "rural_share": self.units.rural_share.to_numpy(),
            }
        )


def run_towns(country: str, *, year: int | None = None, step: Step = quiet) -> TownsRun:
    """The urban account of a country from the embedded data.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code, or a name.
    year : int, optional
        Latest year to use; all that is held when not given.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    TownsRun

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        No urban and rural people are held for it.

    Examples
    --------
    >>> run = run_towns("KAZ")
    >>> sorted({one.year for one in run.account.breaks if not one.region})
    [2007, 2008, 2014, 2021]
    """
    code = country_code(country)
    desk = Desk(code, year)
    step(0.1, "urban and rural people")
    account = urban_account(desk)
    if account is None:
        raise CoverageError(
            "no urban and rural people are held",
            where=code if year is None else f"{code}, up to {year}",
            remedy="see 'keruen data list' for what is held, or use measure.urban on your own",
        )
    step(0.6, "cities")
    return TownsRun(code, account, cities(desk))


def run_grid(path: Path, *, cell_km: float = 1.0, step: Step = quiet) -> GridRun:
    """The degree of urbanisation on a user's grid of population.

    Parameters
    ----------
    path : Path
        ``.npy``, CSV or Parquet; see
        :func:`~keruen.sources.population_grid.read_population_grid`.
    cell_km : float, optional
        Side of a cell in kilometres: 1 or a whole part of it.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    GridRun

    Raises
    ------
    FileError
        The file cannot be read.
    SchemaError, FaultsError
        What is wrong with the grid, all of it at once.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> file = Path(tempfile.mkdtemp()) / "grid.npy"
    >>> np.save(file, np.full((7, 7), 1600))
    >>> run_grid(file).grid.centre_people.values.tolist()
    [78400.0]
    """
    from keruen.sources.population_grid import read_population_grid

    step(0.05, path.name)
    given = read_population_grid(path, cell_km=cell_km)
    step(0.4, "degree of urbanisation")
    grid = degree_of_urbanisation(given.population, cell_km=cell_km, land=given.land)
    units = None
    if given.units is not None:
        step(0.8, "municipalities")
        units = unit_classes(given.population, grid, given.units)
    source = {"file": path.name, "sha256": file_digest(path), "cell_km": cell_km}
    return GridRun(grid, units, source)
