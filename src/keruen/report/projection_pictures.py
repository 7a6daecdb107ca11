# SPDX-License-Identifier: Apache-2.0
"""Pictures of a projection: the total with its intervals, and the pyramid now and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.codes import countries
from keruen.report.charts import line_chart, pyramid
from keruen.report.projection_run import QUANTILES, ProjectionRun
from keruen.sources.projection_inputs import FIRST

if TYPE_CHECKING:
    import pandas as pd

_PAST: Final = 1990
_BANDS: Final = {"95 %": ("lower_95", "upper_95"), "80 %": ("lower_80", "upper_80")}
_SOURCE: Final = "Components: United Nations, World Population Prospects 2024."


def projection_pictures(run: ProjectionRun, country: str) -> dict[str, str]:
    """Fan chart of the total and pyramid of one country, or of all of the run together.

    Parameters
    ----------
    run : ProjectionRun
        The run.
    country : str
        Code of a country of the run, or ``"all"``.

    Returns
    -------
    dict of str
        ``population`` and ``pyramid``: standalone SVG.

    See Also
    --------
    keruen.report.charts : The charts themselves.

    Examples
    --------
    >>> from keruen.report.projection_run import run_projection
    >>> drawn = projection_pictures(run_projection("KAZ", to=2050), "KAZ")
    >>> sorted(drawn), drawn["pyramid"].startswith("<svg")
    (['population', 'pyramid'], True)
    """
    return {"population": _fan(run, country), "pyramid": _pyramid(run, country)}


def _of(array: xr.DataArray, country: str) -> xr.DataArray:
    return array.sum("country") if country == "all" else array.sel(country=country, drop=True)


def _name(run: ProjectionRun, country: str) -> str:
    if country != "all":
        return countries()[country].names["en"]
    return "World" if run.options["country"] == "all" else f"{len(run.places)} countries"


def _note(run: ProjectionRun) -> str:
    drawn = run.options["trajectories"]
    paths = f" Intervals: {drawn} trajectories, seed {run.options['seed']}." if drawn else ""
    variant = str(run.options["variant"]).replace("_", " ")
    return f"Variant: {variant}.{paths} {_SOURCE} Track record: {run.record}."


def _people(value: float) -> str:
    if value >= 1e9:
        return f"{value / 1e9:.2f} billion"
    return f"{value / 1e6:.1f} million" if value >= 1e6 else f"{value:,.0f}"


def _fan(run: ProjectionRun, country: str) -> str:
    """The total at the start of every year: estimates, the variant, and its intervals."""
    import pandas as pd

    total = _of(run.projection.population.sum(["sex", "age"]), country)
    past = _of(run.past.sel(year=slice(_PAST, FIRST - 1)), country)
    whole = xr.concat([past, total], "year")
    scale, unit = (1e6, "million people") if float(whole.max()) >= 3e6 else (1e3, "thousand people")
    years = whole.indexes["year"].to_numpy()
    frame = pd.DataFrame({"year": years, "people": whole.to_numpy() / scale})
    bands: dict[str, tuple[str, str]] = {}
    if run.paths is not None:
        levels = list(QUANTILES.values())
        drawn = _of(run.paths.total, country).quantile(levels, dim="trajectory").to_numpy()
        room = np.full((len(levels), past.sizes["year"]), np.nan)
        for name, values in zip(QUANTILES, np.hstack([room, drawn / scale]), strict=True):
            frame[name] = values
        bands = _BANDS
    first, last = (_people(float(total.isel(year=at))) for at in (0, -1))
    return line_chart(
        frame,
        x="year",
        y="people",
        bands=bands,
        split=FIRST,
        split_labels=("estimates", "projection"),
        title=f"{_name(run, country)}: {first} in {FIRST}, {last} at the end of {run.last}",
        unit=f"{unit}, 1 January",
        note=_note(run),
        lang="en",
    )


def _pyramid(run: ProjectionRun, country: str) -> str:
    """Age and sex at the base and at the end of the last year."""
    ends = run.projection.population.sel(year=[FIRST, run.last + 1])
    frame = _five_years(_of(ends, country))
    bands: dict[str, tuple[str, str]] = {}
    if run.groups is not None and country != "all":
        groups = run.groups.sel(country=country, drop=True)
        for name, level in QUANTILES.items():
            part = groups.sel(quantile=level, drop=True).rename(name).to_dataframe().reset_index()
            part = part.assign(year=run.last + 1)
            frame = frame.merge(part, on=["year", "sex", "age"], how="left")
        bands = _BANDS
    return pyramid(
        frame,
        value="population",
        now=FIRST,
        later=run.last + 1,
        labels=(f"1 January {FIRST}", f"end of {run.last}"),
        bands=bands,
        title=f"{_name(run, country)}: age and sex in {FIRST} and at the end of {run.last}",
        unit="persons",
        sex_labels=("Men", "Women"),
        note=_note(run),
        lang="en",
    )


def _five_years(ages: xr.DataArray) -> pd.DataFrame:
    lower = ages.indexes["age"].to_numpy() // 5 * 5
    grouped = ages.assign_coords(age=lower).groupby("age").sum()
    return grouped.rename("population").to_dataframe().reset_index()
