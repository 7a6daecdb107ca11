# SPDX-License-Identifier: Apache-2.0
"""Why a family may not be at a place that an officer wishes: requirements, room, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import InfeasibleError
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_tables import PlacementTables
from keruen.report.locale import Count, Listing, Message, Verbatim, msg
from keruen.report.placement_words import SERVICE_WORDS

if TYPE_CHECKING:
    import pandas as pd

_OF_THE_SOLVER: Final = (
    "the value is as said",
    "no price is negative",
    "the bound is as said",
    "the value is within the bound",
)


class RefusedError(InfeasibleError):
    """A decision that cannot be; says why in any language.

    Parameters
    ----------
    told : Message
        The reason.
    """

    def __init__(self, told: Message) -> None:
        from keruen.report.locale import Locale

        self.told = told
        super().__init__(told.render(Locale("en")), id="PlaceRefused")


def families_together(tables: PlacementTables, family: str) -> tuple[str, ...]:
    """A family and all that must be at the same place as it."""
    found = {family}
    pairs = [{one, other} for one, other, what in tables.links if what == "locality"]
    while more := {each for pair in pairs if pair & found for each in pair} - found:
        found |= more
    return tuple(str(one) for one in tables.families["family"].to_numpy() if str(one) in found)


def may_be_at(tables: PlacementTables, family: str, place: str) -> bool:
    """Whether requirements and wishes of a family allow a place, room aside."""
    pair = {"family": family, "locality": place}
    may = bool(np.isfinite(tables.score.sel(pair)))
    if tables.compat is not None:
        may &= bool(tables.compat.sel(pair))
    if tables.preferences is not None:
        may &= bool(tables.preferences.sel(pair).notnull())
    if "must_region" in tables.families.coords:
        must = str(tables.families["must_region"].sel(family=family).item())
        region = dict(zip(tables.localities["locality"].values, tables.regions, strict=True))
        may &= must in {"", region[place]}
    return may


def lacking_room(
    tables: PlacementTables, places: dict[str, str], moved: Sequence[str], place: str
) -> list[tuple[str, int, int]]:
    """Services of which a place has too little left for some families: needed, and free."""
    there = [one for one, at in places.items() if at == place and one not in moved]
    needs = tables.families.sel(family=list(moved)).sum("family")
    used = tables.families.sel(family=there).sum("family")
    free = tables.localities.sel(locality=place) - used
    names = [str(one) for one in tables.families["service"].values]
    pairs = [(one, int(needs.sel(service=one)), int(free.sel(service=one))) for one in names]
    return [(one, need, left) for one, need, left in pairs if need > left]


def possible_places(tables: PlacementTables, places: dict[str, str], family: str) -> pd.DataFrame:
    """Places that a family may have, the best by score first: locality, score, here, fits."""
    import pandas as pd

    score = tables.score.sel(family=family).to_series().astype(float).dropna()
    group = families_together(tables, family)
    rows = [
        (place, value, place == places[family], not lacking_room(tables, places, group, place))
        for place, value in zip(score.index.astype(str), score, strict=True)
        if may_be_at(tables, family, place)
    ]
    table = pd.DataFrame(rows, columns=["locality", "score", "here", "fits"])
    return table.sort_values("score", ascending=False, ignore_index=True)


def refuse_place(
    tables: PlacementTables, places: dict[str, str], moved: Sequence[str], place: str
) -> None:
    """Refuse a place for families that go together, where they cannot be.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities and limits.
    places : dict of str to str
        Place of each family now.
    moved : sequence of str
        Families that go together.
    place : str
        Place wished for; an empty text to wait.

    Raises
    ------
    RefusedError
        They may not be there, there is no room, or a limit would be broken.
    """
    if place and place not in tables.localities["locality"].values:
        raise RefusedError(msg("There is no locality {place}.", place=Verbatim(place)))
    for one in moved if place else ():
        if not may_be_at(tables, one, place):
            raise RefusedError(
                msg(
                    "Family {family} may not be placed there: a requirement is not met, or it "
                    "is not among its wishes.",
                    family=Verbatim(one),
                )
            )
    if place and (lacking := lacking_room(tables, places, moved, place)):
        told = [
            msg(
                "{service}: {need} needed, {free} free",
                service=SERVICE_WORDS.get(name, Verbatim(name)),
                need=Count(need),
                free=Count(max(free, 0)),
            )
            for name, need, free in lacking
        ]
        raise RefusedError(
            msg("There is not room enough ({services}).", services=Listing(tuple(told)))
        )
    after = places | dict.fromkeys(moved, place)
    if broken := _promises(tables, places) - _promises(tables, after):
        limits = Listing(tuple(Verbatim(one) for one in sorted(broken)))
        raise RefusedError(msg("This would break a limit: {limits}.", limits=limits))


def _promises(tables: PlacementTables, places: dict[str, str]) -> set[str]:
    """Limits that hold with families at some places, as the checker finds."""
    names = list(places)
    placed = xr.DataArray([places[one] for one in names], {"family": names})
    free = xr.zeros_like(tables.localities, dtype=float)
    limits = {"budget": _Zero(), "region share, most": _Zero(), "region share, least": _Zero(),
              "group floor": _Zero()}  # fmt: skip
    said = {"value": 0.0, "bound": 0.0, "prefer_placing": 0.0, "limits": limits}
    found = check_placement(replace(tables, jobs=None), placed, prices=free, certificate=said)
    held = found[found["holds"] & ~found["check"].isin(_OF_THE_SOLVER)]
    return set(held["check"])


class _Zero(dict[str, float]):
    """Prices of limits, where only the limits themselves are looked at."""

    def __missing__(self, _: str) -> float:
        return 0.0
