# SPDX-License-Identifier: Apache-2.0
"""The labour force projected again from a past year, and held against what the ILO found since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_code, country_name
from keruen.core.errors import CoverageError
from keruen.measure.age_structure import population_by_age_group
from keruen.project.hindcast import Hindcast, History, hindcast
from keruen.project.labour import labour_force, participation_paths, project_participation
from keruen.project.scores import coverage, crps
from keruen.report.backtest_run import _history as past_population
from keruen.report.flow_run import Step, quiet
from keruen.report.labour_supply import CELLS
from keruen.sources.labour_inputs import AGES, FIRST_RATES, world_labour

if TYPE_CHECKING:
    import pandas as pd

ORIGIN: Final = 2010
LAST_OUTCOME: Final = 2023
LEADS: Final = (1, 5, 10, 13)

_EARLIEST: Final = FIRST_RATES + 10
_LEVELS: Final = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class LabourBacktest:
    """A labour force projected from a past year, beside the outcome.

    Parameters
    ----------
    origin : int
        Last year of data.
    paths : DataArray [trajectory, year, country], persons
        Labour force, from population paths and participation paths of that time.
    outcome : DataArray [year, country], persons
        Labour force by the ILO's rates.
    rivals : dict of str to DataArray [year, country], persons
        Naive forecasts with the same population: ``constant rates``; and without it:
        ``growth of five years``.
    tested : date
        Day of the test.
    trajectories, seed : int
        Paths and their seed.
    """

    origin: int
    paths: xr.DataArray
    outcome: xr.DataArray
    rivals: dict[str, xr.DataArray]
    tested: date
    trajectories: int
    seed: int

    @property
    def errors(self) -> xr.DataArray:
        """Median less outcome, percent of the outcome, [year, country]."""
        middle = self.paths.median("trajectory")
        return 100 * (middle / self.outcome - 1)

    def table(self) -> pd.DataFrame:
        """Scores by lead, means of all countries.

        Returns
        -------
        DataFrame
            ``lead``, ``year``, ``countries``, ``mae`` and ``median_error`` in percent of the
            outcome, ``mae_...`` of each rival, ``crps`` in percent, and ``inside_50``,
            ``inside_80``, ``inside_95``: shares of outcomes within the intervals.
        """
        import pandas as pd

        size = abs(self.errors)
        rows = []
        for year in (int(one) for one in self.outcome.indexes["year"]):
            drawn, found = self.paths.sel(year=year), self.outcome.sel(year=year)
            row: dict[str, object] = {"lead": year - self.origin, "year": year}
            row["countries"] = found.sizes["country"]
            row["mae"] = float(size.sel(year=year).mean())
            row["median_error"] = float(size.sel(year=year).median())
            for name, said in self.rivals.items():
                off = abs(100 * (said.sel(year=year) / found - 1))
                row[f"mae_{name.replace(' ', '_')}"] = float(off.mean())
            row["crps"] = float((100 * crps(drawn, found) / found).mean())
            inside = coverage(drawn, found, over="country", levels=_LEVELS)
            for level in _LEVELS:
                row[f"inside_{level * 100:.0f}"] = float(inside.sel(level=level))
            rows.append(row)
        return pd.DataFrame(rows)

    def record(self) -> dict[str, object]:
        """What is printed beside projections."""
        table = self.table().set_index("lead")
        leads = [lead for lead in LEADS if lead in table.index]
        shown = {
            str(lead): {
                "mae": round(float(table.mae[lead]), 2),
                "rival_mae": round(float(table.mae_constant_rates[lead]), 2),
                "inside_80": round(float(table.inside_80[lead]), 3),
                "inside_95": round(float(table.inside_95[lead]), 3),
            }
            for lead in leads
        }
        errors = self.errors.sel(year=[self.origin + lead for lead in leads if lead > 1])
        countries = {
            str(code): [round(float(one), 1) for one in errors.sel(country=code)]
            for code in errors.indexes["country"]
        }
        return {
            "command": f"keruen project labour-backtest all --origin {self.origin} "
            f"--trajectories {self.trajectories} --seed {self.seed}",
            "tested": self.tested.isoformat(),
            "origin": self.origin,
            "label": "pseudo: today's estimates cut there",
            "number": int(self.outcome.sizes["country"]),
            "leads": shown,
            "countries": countries,
        }


def run_labour_backtest(
    country: str | Sequence[str] = "all",
    *,
    origin: int = ORIGIN,
    trajectories: int = 500,
    seed: int = 1,
    tested: date | None = None,
    step: Step | None = None,
) -> LabourBacktest:
    """Project the labour force from the data up to a past year, and keep what came after.

    Parameters
    ----------
    country : str or sequence of str, optional
        Code or name, several, or ``"all"``; all countries are learned from in any case.
    origin : int, optional
        Last year of data, 2001 to 2022.
    trajectories : int, optional
        Paths.
    seed : int, optional
        Seed.
    tested : date, optional
        Day of the test; today when not given.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    LabourBacktest

    Raises
    ------
    CodeError
        A country is unknown.
    CoverageError
        A country has no rates or no history of population, or the origin leaves nothing to
        learn from or to be judged by (``YearOutOfRange``).

    See Also
    --------
    keruen.project.hindcast.hindcast : The population at the origin.

    Notes
    -----
    Population is projected by the hindcast from the data up to the origin, participation by
    its trend and the errors of that trend at earlier origins: nothing after the origin is
    used. Today's estimates cut there stand for the data of the time (``pseudo``).
    """
    if not _EARLIEST <= origin < LAST_OUTCOME:
        raise CoverageError(
            f"a labour force cannot be tested from {origin}",
            where="origin",
            remedy=f"choose a year from {_EARLIEST} to {LAST_OUTCOME - 1}",
            id="YearOutOfRange",
        )
    tell = step or quiet
    tell(0.0, "estimates")
    world, history = world_labour(), past_population()
    places = _places(country, history)
    years = list(range(origin + 1, LAST_OUTCOME + 1))
    here = {"country": places}
    tell(0.1, "population")
    made = hindcast(
        history, origin=origin, horizon=len(years), leads=range(1, len(years) + 1),
        places=places, trajectories=trajectories, seed=seed,
    )  # fmt: skip
    people = _mid_year(made, history, origin, places)
    tell(0.7, "participation")
    past = world.participation.sel(year=slice(None, origin))
    rates = participation_paths(
        past, years=years, trajectories=trajectories, places=places, seed=seed
    )
    paths = labour_force(people, rates).sum(CELLS)
    force = (world.population * world.participation).sum(CELLS).sel(here)
    held = project_participation(past.sel(here), years=years, method="constant").rates
    same = labour_force(people.median("trajectory").assign_attrs(kind="count"), held).sum(CELLS)
    grown = _growth(force.sel(year=slice(None, origin)), years)
    tell(1.0, "")
    return LabourBacktest(
        origin=origin,
        paths=paths.transpose("trajectory", "year", "country"),
        outcome=force.sel(year=years).transpose("year", "country"),
        rivals={"constant rates": same.transpose("year", "country"), "growth of five years": grown},
        tested=tested or datetime.now(tz=UTC).date(),
        trajectories=trajectories,
        seed=seed,
    )


def _places(country: str | Sequence[str], history: History) -> list[str]:
    """Countries with rates and with a history of population."""
    known = set(world_labour().participation.indexes["country"])
    known &= {str(code) for code in history.population.indexes["country"]}
    if country == "all":
        return sorted(known)
    asked = [country] if isinstance(country, str) else country
    codes = [country_code(one) for one in asked]
    lacking = [code for code in codes if code not in known]
    if lacking:
        raise CoverageError(
            "no participation rates, or no population by age since 1950",
            where=", ".join(country_name(code) for code in lacking),
            remedy=f"choose among {len(known)} countries, or all",
        )
    return codes


def _mid_year(made: Hindcast, history: History, origin: int, places: list[str]) -> xr.DataArray:
    """People of the ages of participation in the middle of each year."""
    groups = population_by_age_group(made.groups, lower=AGES)
    first = history.population.sel(year=origin, country=places, drop=True)
    begin = population_by_age_group(first, lower=AGES)
    whole = groups.transpose("year", "country", "sex", "age", "trajectory")
    start = begin.transpose("country", "sex", "age").to_numpy()[None, ..., None]
    ends = np.concatenate([np.broadcast_to(start, (1, *whole.shape[1:])), whole.to_numpy()])
    return whole.copy(data=(ends[:-1] + ends[1:]) / 2).assign_attrs(kind="count")


def _growth(force: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """The labour force growing as it did in the last five years."""
    last, before = force.isel(year=-1, drop=True), force.isel(year=-6, drop=True)
    leads = xr.DataArray(np.arange(1, len(years) + 1), coords={"year": list(years)})
    return (last * (last / before) ** (leads / 5)).transpose("year", "country")
