# SPDX-License-Identifier: Apache-2.0
"""A run of the index of attractiveness: embedded indicators, or a user's own table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import CodeError, SchemaError
from keruen.core.origin import LICENCES, Source
from keruen.core.tables import from_table
from keruen.decide.points.attractiveness import Attractiveness, talent_attractiveness
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Country, Listing, Message, Year, msg, nmsg
from keruen.sources.catalog import dataset, load
from keruen.sources.draw_files import is_practice
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd

WINDOW: Final = 8
"""Years back from the last in which a value of a country may lie."""

OWN: Final = "talent.indicators"
"""Name of a user's own table as a source."""

ACCESS: Final = "accessibility"

DEFAULT_SHOWN: Final = (
    "KAZ", "KGZ", "UZB", "RUS", "TUR", "GEO", "POL", "KOR", "DEU", "CAN", "USA", "AUS",
)  # fmt: skip
"""Countries of the picture when none are named."""

_EMBEDDED: Final[Mapping[str, tuple[str, str, str]]] = {
    "unemployment_rate": ("worldbank.indicators", "opportunities", "lower"),
    "gdp_growth_rate": ("worldbank.indicators", "opportunities", "higher"),
    "gdp_per_capita_ppp_2021": ("worldbank.indicators", "income_and_tax", "higher"),
    "inflation_rate": ("worldbank.indicators", "income_and_tax", "lower"),
    "tertiary_enrolment": ("unesco.indicators", "skills_environment", "higher"),
    "gini_index": ("worldbank.indicators", "inclusiveness", "lower"),
    "political_stability": ("worldbank.indicators", "quality_of_life", "higher"),
}


@dataclass(frozen=True)
class AttractivenessRun:
    """The index with what it was made from.

    Parameters
    ----------
    found : Attractiveness
        Index, ranks, intervals.
    values : DataFrame
        ``country``, ``indicator``, ``dimension``, ``direction``, ``value``, ``year`` (missing
        for own tables), ``source``.
    shown : tuple of str
        Countries of the picture.
    sources : tuple of Source
        Publications behind the values.
    practice, own : bool
        Whether the table says that it is made up; whether it is the user's.
    options : dict
        Options as used.
    notes : tuple of Message
        What must be said beside the numbers.
    """

    found: Attractiveness
    values: pd.DataFrame
    shown: tuple[str, ...]
    sources: tuple[Source, ...]
    practice: bool
    own: bool
    options: Mapping[str, object]
    notes: tuple[Message, ...]


def run_attractiveness(
    file: Path | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    show: Sequence[str] = (),
    draws: int = 5000,
    seed: int = 1,
    step: Step = quiet,
) -> AttractivenessRun:
    """Index of attractiveness of all countries that have every value.

    Parameters
    ----------
    file : Path, optional
        Your own table; the embedded indicators when not given: seven variables, which leave
        some dimensions of the OECD's index without any.
    weights : mapping of str to float, optional
        Weight of each dimension; equal when not given.
    show : sequence of str, optional
        Countries of the picture, ISO 3166-1 alpha-3.
    draws : int, optional
        Number of random weights.
    seed : int, optional
        The same seed gives the same intervals.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    AttractivenessRun

    Raises
    ------
    FaultsError
        The table has faults.
    SchemaError
        A direction is neither higher nor lower, or a variable has two of them.
    CodeError
        A country to show has no index.
    """
    step(0.1, "indicators")
    values = _embedded() if file is None else _own(file)
    access = values[values["dimension"] == ACCESS]
    used = values[values["dimension"] != ACCESS]
    table = from_table(used[["country", "indicator", "value"]], value="value")
    whole = table.notnull().all("indicator")
    factor = None
    if len(access):
        factor = from_table(access[["country", "value"]], value="value")
        whole &= whole["country"].isin(factor["country"])
        factor = factor.reindex(country=table["country"][whole])
    kept = table.sel(country=whole)
    kinds = used.drop_duplicates("indicator").set_index("indicator")
    step(0.4, "ranks")
    found = talent_attractiveness(
        kept,
        dimension={str(name): str(one) for name, one in kinds["dimension"].items()},
        lower_is_better=list(kinds.index[kinds["direction"] == "lower"]),
        weights=weights,
        accessibility=factor,
        draws=draws,
        seed=seed,
    )
    dropped = [str(code) for code in table.indexes["country"][~whole.to_numpy()]]
    return AttractivenessRun(
        found=found,
        values=values,
        shown=_shown(found, show),
        sources=_sources(values, file),
        practice=file is not None and is_practice(file),
        own=file is not None,
        options={
            "file": None if file is None else file.name,
            "weights": None if weights is None else dict(weights), "draws": draws, "seed": seed,
        },
        notes=tuple(_notes(values, dropped, own=file is not None)),
    )  # fmt: skip


def _shown(found: Attractiveness, show: Sequence[str]) -> tuple[str, ...]:
    held = {str(code) for code in found.index.indexes["country"]}
    strange = [code for code in show if code not in held]
    if strange:
        raise CodeError(
            f"no index for {', '.join(strange)}",
            where="--show",
            remedy="name countries that have every value, by ISO 3166-1 alpha-3",
        )
    chosen = tuple(show) or tuple(code for code in DEFAULT_SHOWN if code in held)
    return chosen or tuple(found.to_table()["country"].head(12))


def _embedded() -> pd.DataFrame:
    """The last value of each country within the window, of every embedded variable."""
    import pandas as pd

    parts = []
    for name, (source, dimension, direction) in _EMBEDDED.items():
        series = load(f"{source}.{name}").transpose("country", "year")
        series = series.isel(year=slice(-WINDOW, None))
        known = series.notnull()
        last = xr.where(known, series["year"], -1).max("year")
        held = last >= 0
        picked = series.sel(year=last.where(held, series["year"].max())).where(held)
        parts.append(
            pd.DataFrame(
                {
                    "country": series.indexes["country"],
                    "indicator": name,
                    "dimension": dimension,
                    "direction": direction,
                    "value": picked.to_numpy(),
                    "year": last.where(held).to_numpy(),
                    "source": source,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"], ignore_index=True)


def _own(file: Path) -> pd.DataFrame:
    table = read_table(file, "talent_indicators").table
    words = table["direction"].str.strip().str.casefold()
    wrong = sorted(set(words) - {"higher", "lower"})
    if wrong:
        raise SchemaError(
            f"'{wrong[0]}' is no direction",
            where=f"{file.name}, column direction",
            remedy="write higher or lower",
        )
    told = table.assign(direction=words, dimension=table["dimension"].str.strip())
    kinds = told.groupby("indicator")[["dimension", "direction"]].nunique().max(axis=1)
    if (kinds > 1).any():
        raise SchemaError(
            f"'{kinds.index[kinds > 1][0]}' has two dimensions or directions",
            where=file.name,
            remedy="give each variable one of each",
        )
    return told.assign(year=np.nan, source=OWN)


def _sources(values: pd.DataFrame, file: Path | None) -> tuple[Source, ...]:
    if file is None:
        return tuple(dataset(str(name)).source for name in values["source"].unique())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    cited = f"{file.name} (SHA-256 {digest})"
    return (Source(OWN, cited, "", cited, LICENCES["own-use"]),)


def _notes(values: pd.DataFrame, dropped: Sequence[str], *, own: bool) -> list[Message]:
    notes = []
    if not own:
        notes.append(
            msg(
                "The last value of each country from {first} to {last}; the years differ between "
                "variables and countries.",
                first=Year(int(values["year"].min())),
                last=Year(int(values["year"].max())),
            )
        )
    if dropped:
        some = Listing(tuple(Country(code) for code in dropped[:8]))
        notes.append(
            nmsg(
                "{number} country lacks a value and has no index: {some}.",
                "{number} countries lack a value and have no index, among them {some}.",
                len(dropped),
                some=some,
            )
        )
    return notes
