# SPDX-License-Identifier: Apache-2.0
"""A run over the occupations of the United States: published projections, outcome, our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.project import skills
from keruen.project.backtest import NOT_EVALUATED
from keruen.project.occupation_record import OccupationRecord, occupation_record
from keruen.report.flow_run import Step, quiet
from keruen.report.skills_run import SkillsRun
from keruen.sources import occupation_inputs as usa
from keruen.sources.catalog import dataset

if TYPE_CHECKING:
    import pandas as pd

_YEARS: Final = (2025, 2030)


def run_usa(*, step: Step | None = None) -> SkillsRun:
    """Openings of the published projections, their record, and a projection of our own.

    Parameters
    ----------
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    SkillsRun
        ``openings`` of both editions with the separation rates behind them, ``record``
        against the outcome of 2025, ``matrix`` of shares, and ``projection``: constant
        shares, every industry growing like the total of the edition of 2020, separations
        as in that edition. It is not evaluated: only one matrix year is held.

    See Also
    --------
    keruen.report.skills_run.run_skills : The same on a user's own tables.
    """
    tell = step or quiet
    tell(0.2, "published projections")
    published = [_published(year) for year in usa.EDITIONS]
    tell(0.5, "record")
    record = _record()
    tell(0.7, "projection")
    projection, notes = _projection()
    import pandas as pd

    whole = published[0].sum(numeric_only=True)
    left = f"{100 * whole['separations'] / whole['openings']:.0f}% separations"
    summary = (
        f"Openings a year 2016-26, published: {whole['openings']:,.0f}, of which {left}",
        f"Published projection of 2016-26, {record}",
        f"Our own projection to {_YEARS[1]}: {NOT_EVALUATED} until a second matrix year is held",
    )
    return SkillsRun(
        tables={
            "openings": pd.concat(published, ignore_index=True),
            "record": pd.DataFrame([vars(record)]),
            "matrix": _matrix(),
            "projection": projection,
        },
        summary=summary,
        record=NOT_EVALUATED,
        options={"country": "USA"},
        inputs=tuple(
            {"table": name, "sha256": dataset(name).digest}
            for name in (usa.PROJECTIONS, usa.OUTCOME)
        ),
        warnings=notes,
    )


def _published(year: int) -> pd.DataFrame:
    """Growth, separations and openings of an edition: the published arithmetic taken apart."""
    import pandas as pd

    edition = usa.usa_projection(year)
    rate = skills.implied_separation_rate(edition.employment, edition.openings)
    start, end = (edition.employment.isel(year=at, drop=True) for at in (0, 1))
    growth = (end - start) / float(np.diff(edition.employment.indexes["year"])[0])
    codes = [str(code) for code in edition.openings.indexes["occupation"]]
    return pd.DataFrame(
        {
            "base_year": year,
            "occupation": codes,
            "title": [edition.titles[code] for code in codes],
            "employment_base": start.to_numpy(),
            "employment_projected": end.to_numpy(),
            "growth": growth.to_numpy(),
            "separations": (edition.openings - growth).to_numpy(),
            "openings": edition.openings.to_numpy(),
            "separation_rate": rate.to_numpy(),
        }
    )


def _record() -> OccupationRecord:
    first, second = (usa.usa_projection(year) for year in usa.EDITIONS)
    jobs = usa.usa_jobs()
    known = jobs.indexes["occupation"]
    codes = [code for code in usa.same_titles(first, second) if code in known]
    return occupation_record(
        first.employment.sel(occupation=codes),
        jobs.sel(occupation=codes),
        year=usa.OUTCOME_YEAR,
    )


def _matrix() -> pd.DataFrame:
    """Shares of occupations in industries, those above 0."""
    shares = skills.occupation_shares(usa.usa_matrix())
    table = shares.to_series().rename("share").reset_index()
    names = usa.usa_industry_names()
    return table[table["share"] > 0].assign(industry=table["sector"].map(names))


def _projection() -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Constant shares and one growth for all: what one matrix year can say, and no more."""
    edition = usa.usa_projection(usa.EDITIONS[-1])
    totals = edition.employment.sum("occupation")
    growth = float(totals.isel(year=-1) / totals.isel(year=0)) ** (1.0 / 10.0)
    matrix = usa.usa_matrix()
    base, last = _YEARS
    steps = xr.DataArray([1.0, growth ** (last - base)], {"year": list(_YEARS)})
    shares = skills.occupation_shares(matrix)
    found = skills.occupation_employment(matrix.sum("occupation") * steps, shares, base_year=base)
    rate = skills.implied_separation_rate(edition.employment, edition.openings).clip(0.0, 1.0)
    codes = [code for code in matrix.indexes["occupation"] if code in rate.indexes["occupation"]]
    rates = rate.sel(occupation=codes)
    openings = skills.gross_openings(
        found.employment.sel(occupation=codes), exit_rate=rates, transfer_rate=0.0 * rates
    )
    left = matrix.sizes["occupation"] - len(codes)
    pace = f"{100 * (growth - 1):.2f}% a year, as the total of the edition of 2020"
    notes = (
        f"all industries grow by {pace}; no projection by industry is embedded",
        "shares of occupations stay as in 2025: the matrix has one year",
        f"{left} occupations of 2025 have no separation rate in that edition and are left out",
        "wage and salary jobs only; the published projections count the self-employed too",
    )
    return openings.to_table().assign(record=NOT_EVALUATED), notes
