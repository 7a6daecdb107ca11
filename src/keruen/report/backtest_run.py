# SPDX-License-Identifier: Apache-2.0
"""The projection made again at past dates, and scored beside naive rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_code, country_name
from keruen.core.errors import CoverageError
from keruen.project.agerivals import ages_held, cohort_ratios, wape_over_ages
from keruen.project.backtest import BackTest, Method, backtest
from keruen.project.graduation import january_population
from keruen.project.hindcast import GROUP, Hindcast, History, hindcast
from keruen.project.rivals import damped_trend, last_value
from keruen.project.scores import pit
from keruen.project.skill import Skill, skill
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import described
from keruen.sources.projection_history import (
    EDITION_TABLE,
    HISTORY_TABLES,
    edition_2017,
    history_tables,
)
from keruen.sources.projection_inputs import FIRST

ORIGINS: Final = (1993, 1998, 2003, 2008, 2013, 2018)
"""Last years of data of the back-tests that the package prints."""
LEADS: Final = (5, 10, 15, 20)
"""Years ahead at which ages are scored."""
OWN: Final = "keruen"
"""Name of the projection among its rivals."""

_EARLIEST: Final = 1978
_RIVALS: Final[Mapping[str, Method]] = {
    "no change": last_value,
    "growth of last year": damped_trend(1, 1.0),
    "growth of five years": damped_trend(5, 1.0),
}
_AGE_RIVALS: Final[Mapping[str, Method]] = {
    "ages held": ages_held,
    "cohort ratios": cohort_ratios,
}
_EDITION: Final = 2015
_NOTES: Final = (
    "today's estimates cut at each origin stand for the data of the time: kinder than life",
    "assumptions follow fixed rules from the data up to each origin, not the United Nations",
)


@dataclass(frozen=True)
class BacktestRun:
    """What back-tests of the projection found.

    Parameters
    ----------
    total : BackTest
        Total population at the end of each year; cells hold 100 times its logarithm, so that
        an error is one in percent.
    ages : DataArray [forecaster, base_year, lead, country], percent
        Errors over five-year age groups and sexes in percent of the population.
    places : DataArray [lead, bin]
        Share of outcomes in each tenth of their forecast distribution (PIT).
    edition : BackTest or None
        The edition of 2017 for 2020, with its rivals, in the data of that edition.
    options : dict
        Options as given.
    inputs : tuple of dict
        Embedded tables used.
    tested : date
        Day of the back-test.
    warnings : tuple of str
        What must be said beside the numbers.
    """

    total: BackTest
    ages: xr.DataArray
    places: xr.DataArray
    edition: BackTest | None
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    tested: date
    warnings: tuple[str, ...]

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes of the countries scored."""
        return tuple(str(code) for code in self.total.cells.indexes["country"])

    def age_skill(self, lead: int) -> Skill:
        """Skill over the best naive rival in the errors over ages.

        Parameters
        ----------
        lead : int
            Years ahead, one of ``LEADS``.

        Returns
        -------
        Skill
        """
        errors = self.ages.sel(lead=lead, drop=True)
        rivals = {name: errors.sel(forecaster=name, drop=True) for name in _AGE_RIVALS}
        return skill(errors.sel(forecaster=OWN, drop=True), rivals)


def run_backtest(
    country: str = "all",
    *,
    origins: Sequence[int] = ORIGINS,
    horizon: int = 20,
    trajectories: int = 500,
    seed: int = 1,
    tested: date | None = None,
    step: Step | None = None,
) -> BacktestRun:
    """Make the projection again at past dates and score it beside naive rivals.

    Parameters
    ----------
    country : str, optional
        Code or name of a country, or ``"all"`` above 100,000 people.
    origins : sequence of int, optional
        Last years of data, 1978 to 2022.
    horizon : int, optional
        Years ahead at most, 1 to 20.
    trajectories : int, optional
        Paths of each projection.
    seed : int, optional
        Seed of the run.
    tested : date, optional
        Day of the back-test; today when not given.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    BacktestRun

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        The country has too few people or no estimates; or an origin has no past to learn
        from or no future to be judged by (``YearOutOfRange``).

    See Also
    --------
    keruen.project.hindcast.hindcast : How assumptions are made at an origin.
    keruen.project.backtest.backtest : How they are scored.

    Notes
    -----
    Populations are those at the end of each year. Estimates of the edition of 2024, cut at
    the origin, stand for the data of the time; such a record is called ``pseudo``. A true
    vintage is at hand once: totals of the edition of 2017, for 2020.
    """
    day = tested or datetime.now(tz=UTC).date()
    tell = step or quiet
    chosen = _origins(origins, horizon)
    tell(0.0, "estimates")
    history = _history()
    places = _places(country, history)
    made: dict[int, Hindcast] = {}
    for number, origin in enumerate(chosen):
        tell(0.05 + 0.85 * number / len(chosen), f"data to {origin}")
        ahead = min(horizon, FIRST - 1 - origin)
        made[origin] = hindcast(
            history, origin=origin, horizon=ahead, leads=[n for n in LEADS if n <= ahead],
            places=places, trajectories=trajectories, seed=seed,
        )  # fmt: skip
    tell(0.92, "scores")
    people = history.population.sel(country=places)
    options: dict[str, object] = {"country": country if country == "all" else places[0]}
    options |= {"origins": chosen, "horizon": horizon}
    options |= {"trajectories": trajectories, "seed": seed}
    return BacktestRun(
        total=_total(people, made, horizon, day, seed),
        ages=_ages(people, made),
        places=_pit(people, made, seed),
        edition=_edition(places, day) if len(places) > 1 else None,
        options=options,
        inputs=tuple(described(id) for id in (*HISTORY_TABLES, EDITION_TABLE)),
        tested=day,
        warnings=_NOTES,
    )


def _origins(origins: Sequence[int], horizon: int) -> list[int]:
    wrong = [one for one in origins if not _EARLIEST <= one < FIRST - 1]
    if wrong or not origins or not 1 <= horizon <= LEADS[-1]:
        raise CoverageError(
            f"nothing can be learnt before or judged after {wrong[0]}" if wrong
            else f"{horizon} years ahead from {len(origins)} origins cannot be tested",
            where="origin" if wrong else "horizon",
            remedy=f"give origins of {_EARLIEST} to {FIRST - 2}, and 1 to {LEADS[-1]} years ahead",
            id="YearOutOfRange",
        )  # fmt: skip
    return sorted(set(origins))


def _history() -> History:
    """Estimates with the population at the end of each year."""
    tables = history_tables()
    january = january_population(tables.mid_year)
    ends = january.assign_coords(year=january.indexes["year"] - 1)
    years = tables.net_migration.indexes["year"]
    return History(ends.sel(year=years).assign_attrs(january.attrs), *tables[1:])


def _places(country: str, history: History) -> list[str]:
    known = [str(code) for code in history.population.indexes["country"]]
    if country == "all":
        return known
    code = country_code(country)
    if code not in known:
        raise CoverageError(
            f"{country_name(code)} has fewer than 100,000 people or no estimates",
            where=code,
            remedy="choose another country, or all",
        )
    return [code]


def _total(
    people: xr.DataArray, made: Mapping[int, Hindcast], horizon: int, day: date, seed: int
) -> BackTest:
    """Scores of the logarithm of the total, in percent."""

    def own(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
        return _percent(made[int(history.indexes["year"][-1])].total.sel(year=list(years)))

    return backtest(
        own, _percent(people.sum(["sex", "age"])), origins=list(made), horizon=horizon,
        rivals=_RIVALS, name=OWN, tested=day, seed=seed,
    )  # fmt: skip


def _percent(people: xr.DataArray) -> xr.DataArray:
    """100 times the logarithm, so that differences are in percent."""
    return people.copy(data=100 * np.log(people.to_numpy())).drop_attrs()


def _grouped(people: xr.DataArray) -> xr.DataArray:
    lower = people.indexes["age"].to_numpy() // GROUP * GROUP
    return people.assign_coords(age=lower).groupby("age").sum()


def _ages(people: xr.DataArray, made: Mapping[int, Hindcast]) -> xr.DataArray:
    """Errors over age groups of the median of each group, and of the rivals."""
    groups = _grouped(people)
    found = []
    for origin, one in made.items():
        years = [int(year) for year in one.groups.indexes["year"]]
        outcome, past = groups.sel(year=years), groups.sel(year=slice(None, origin))
        said = {OWN: one.groups.median("trajectory", skipna=False)}
        said |= {name: rival(past, years) for name, rival in _AGE_RIVALS.items()} if years else {}
        errors = [wape_over_ages(forecast, outcome) for forecast in said.values()]
        table = xr.concat(errors, "forecaster").assign_coords(forecaster=list(said))
        leads = [year - origin for year in years]
        found.append(table.assign_coords(year=leads).rename(year="lead"))
    return xr.concat(found, "base_year", join="outer").assign_coords(base_year=list(made))


def _pit(people: xr.DataArray, made: Mapping[int, Hindcast], seed: int) -> xr.DataArray:
    """Share of outcomes in each tenth of their distribution, by lead; uniform when calibrated."""
    total, edges = people.sum(["sex", "age"]), np.linspace(0, 1, 11)
    shares = np.full((len(LEADS), 10), np.nan)
    for row, lead in enumerate(LEADS):
        found = [
            pit(one.total.sel(year=origin + lead), total.sel(year=origin + lead), seed=seed)
            for origin, one in made.items()
            if origin + lead in one.total.indexes["year"]
        ]
        if found:
            values = np.concatenate([one.to_numpy().ravel() for one in found])
            shares[row] = np.histogram(values, edges)[0] / values.size
    tenths = [f"{low:.1f}-{high:.1f}" for low, high in pairwise(edges)]
    return xr.DataArray(shares, coords={"lead": list(LEADS), "bin": tenths}, name="share")


def _edition(places: Sequence[str], day: date) -> BackTest:
    """The medium line of the edition of 2017 for 2020, beside its rivals in the same data."""
    edition = edition_2017()
    known = [code for code in places if code in edition.indexes["country"]]
    said = _percent(edition.sel(country=known))
    years = [int(year) for year in said.indexes["year"] if year <= _EDITION + 5]
    outcome = history_tables().mid_year.sel(country=known, year=years).sum(["sex", "age"])
    return backtest(
        lambda _, ahead: said.sel(year=list(ahead)), _percent(outcome), origins=[_EDITION],
        horizon=1, rivals={"no change": last_value, "growth of five years": damped_trend(1, 1.0)},
        vintages={_EDITION: said.sel(year=slice(None, _EDITION))},
        name="United Nations 2017", tested=day,
    )  # fmt: skip
