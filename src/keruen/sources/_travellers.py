# SPDX-License-Identifier: Apache-2.0
"""Kinds of travellers of the practice data: who crosses the border, how often, for how long.

The kinds and their habits are made up, in proportions that look like Kazakhstan's: most
crossings are short trips to and from four neighbours, one person in seventy moves for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Mix = Mapping[str, float]
"""Shares by code; they sum to one."""


@dataclass(frozen=True)
class Season:
    """A trip of every year: first day (of the year), its spread, and length with spread."""

    day: int
    jitter: int
    days: int
    spread: int


@dataclass(frozen=True)
class Kind:
    """One kind of travellers.

    Parameters
    ----------
    share : float
        Share of all persons.
    resident : int
        1 when they live in the country at first.
    citizens, countries, visas : mapping of str to float
        Citizenships, countries at the other end (none: the citizenship), visa classes.
    trips : float
        Trips a year, before the season thins them.
    stay, longest : float
        Median and longest trip, in days.
    rest : float
        Days at home after a trip, at least so many times its length.
    summer : float
        Trips in winter for each trip in summer.
    seasons : tuple of Season
        Trips made every year at the same time.
    moves : bool
        They change residence once.
    back : float or None
        Years until they move back, in the mean; None for never.
    september : bool
        They move at the start of the school year, and back at its end.
    age, spread : float
        Mean age and its spread.
    men : float
        Share of men.
    """

    share: float
    resident: int
    citizens: Mix
    visas: Mix
    countries: Mix = field(default_factory=dict)
    trips: float = 0.0
    stay: float = 4.0
    longest: float = 30.0
    rest: float = 0.7
    summer: float = 0.6
    seasons: tuple[Season, ...] = ()
    moves: bool = False
    back: float | None = None
    september: bool = False
    age: float = 38.0
    spread: float = 13.0
    men: float = 0.5


_OWN: Final = {"KAZ": 1.0}
_CITIZEN: Final = {"citizen": 1.0}
_NEAR: Final = {"UZB": 0.34, "KGZ": 0.30, "RUS": 0.28, "CHN": 0.08}
_FREE: Final = {"visa_free": 0.85, "private": 0.15}
_STUDY: Final = (Season(362, 3, 18, 3), Season(177, 5, 58, 5))  # winter and summer at home

KINDS: Final[dict[str, Kind]] = {
    "resident_visits": Kind(
        0.223, 1, _OWN, _CITIZEN, {"RUS": 0.4, "UZB": 0.2, "KGZ": 0.3, "CHN": 0.1}, trips=1.6
    ),
    "resident_holidays": Kind(
        0.120,
        1,
        _OWN,
        _CITIZEN,
        {"TUR": 0.5, "ARE": 0.2, "KGZ": 0.15, "GEO": 0.1, "DEU": 0.05},
        trips=1.1,
        stay=9.0,
        summer=0.3,
    ),
    "resident_trade": Kind(
        0.012,
        1,
        _OWN,
        _CITIZEN,
        {"CHN": 0.4, "KGZ": 0.3, "UZB": 0.3},
        trips=18.0,
        stay=0.8,
        longest=5.0,
        summer=0.9,
    ),
    "resident_shifts": Kind(
        0.010, 1, _OWN, _CITIZEN, {"RUS": 1.0}, trips=3.5, stay=35.0, longest=90.0, men=0.85
    ),
    "visits": Kind(0.405, 0, _NEAR, _FREE, trips=1.4),
    "trade": Kind(
        0.025,
        0,
        {"UZB": 0.5, "KGZ": 0.5},
        _FREE,
        trips=13.0,
        stay=0.9,
        longest=5.0,
        summer=0.9,
    ),
    "tourists": Kind(
        0.105,
        0,
        {"RUS": 0.4, "CHN": 0.25, "IND": 0.12, "DEU": 0.08, "TUR": 0.1, "KOR": 0.05},
        {"tourist": 0.6, "visa_free": 0.3, "business": 0.1},
        trips=0.7,
        stay=8.0,
    ),
    "seasonal_workers": Kind(
        0.045,
        0,
        {"UZB": 0.78, "TJK": 0.12, "KGZ": 0.1},
        {"labour": 0.55, "visa_free": 0.3, "private": 0.15},
        seasons=(Season(82, 12, 175, 14),),
        age=32.0,
        spread=9.0,
        men=0.88,
    ),
    "workers": Kind(
        0.025,
        0,
        {"UZB": 0.5, "CHN": 0.25, "TUR": 0.15, "IND": 0.1},
        {"labour": 0.7, "business": 0.15, "visa_free": 0.15},
        trips=0.7,
        stay=130.0,
        longest=320.0,
        summer=1.0,
        age=36.0,
        spread=9.0,
        men=0.85,
    ),
    "posted": Kind(
        0.006,
        0,
        {"CHN": 0.35, "TUR": 0.25, "IND": 0.2, "RUS": 0.2},
        {"labour": 0.6, "business": 0.4},
        trips=1.5,
        stay=12.0,
        rest=6.0,
        moves=True,
        back=2.2,
        age=40.0,
        spread=8.0,
        men=0.8,
    ),
    "settlers": Kind(
        0.010,
        0,
        {"RUS": 0.4, "UZB": 0.28, "CHN": 0.1, "MNG": 0.1, "KGZ": 0.12},
        {"residence": 0.35, "visa_free": 0.4, "private": 0.25},
        trips=0.6,
        stay=10.0,
        rest=6.0,
        moves=True,
        age=33.0,
        spread=18.0,
    ),
    "emigrants": Kind(
        0.006,
        1,
        _OWN,
        _CITIZEN,
        {"RUS": 0.72, "DEU": 0.16, "USA": 0.06, "KOR": 0.06},
        trips=0.6,
        stay=10.0,
        rest=6.0,
        moves=True,
        age=33.0,
        spread=17.0,
    ),
    "students": Kind(
        0.003,
        0,
        {"IND": 0.4, "UZB": 0.4, "CHN": 0.1, "TKM": 0.1},
        {"study": 0.9, "visa_free": 0.1},
        seasons=_STUDY,
        moves=True,
        back=4.0,
        september=True,
        age=19.0,
        spread=1.5,
    ),
    "students_abroad": Kind(
        0.005,
        1,
        _OWN,
        _CITIZEN,
        {"RUS": 0.55, "TUR": 0.15, "CHN": 0.15, "DEU": 0.15},
        seasons=_STUDY,
        moves=True,
        back=4.0,
        september=True,
        age=19.0,
        spread=1.5,
    ),
}
"""Kinds by name; the shares sum to one."""

COUNTRIES: Final = sorted({c for k in KINDS.values() for c in (*k.citizens, *k.countries)})
VISAS: Final = sorted({visa for kind in KINDS.values() for visa in kind.visas})
"""Codes in the order of their numbers."""
_BY_LAND: Final = {"RUS": 6, "UZB": 4, "KGZ": 4, "CHN": 3, "TKM": 1}
_AIRPORTS: Final = ("ALA", "NQZ")


def _checkpoints(country: str) -> list[str]:
    """Land checkpoints of a neighbour, airports for others; the busiest first."""
    return [f"{country}-{n + 1}" for n in range(_BY_LAND.get(country, 0))] or list(_AIRPORTS)


CHECKPOINTS: Final = {country: _checkpoints(country) for country in COUNTRIES}
"""Checkpoints on the way to each country."""
