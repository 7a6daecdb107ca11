# SPDX-License-Identifier: Apache-2.0
"""From the files of a placement to labelled arrays: needs, room left, scores, wishes, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.placement_tables import Jobs, Link, PlacementTables
from keruen.report.locale import LANGS, Lang, Message, Verbatim, msg
from keruen.report.placement_jobs import placement_jobs
from keruen.report.placement_regions import RegionKey, key_targets, residents_of
from keruen.sources.placement_checks import SERVICES, region_meant
from keruen.sources.placement_files import PlacementFiles

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.placement_model import LearnedScores

_DISTRICTS: Final = "geo.kaz.districts.2024"


@dataclass(frozen=True)
class PlacementCase:
    """A placement to be made.

    Parameters
    ----------
    tables : PlacementTables
        Needs, room left, scores and limits.
    wishes : DataArray [family, locality], rank, or None
        Wishes of the families; missing where a family does not want to go.
    names : dict of str to dict
        Names of the localities by code and language.
    arrival : ndarray of str or None
        Day of arrival of each family.
    workers : ndarray of int or None
        Members of each family who can work.
    warnings : tuple of Message
        What was taken for granted.
    learned : DataFrame or None
        How good scores learned from past placements are, where they are.
    residents : dict of str to float
        Residents of the regions, where they are known.
    """

    tables: PlacementTables
    wishes: xr.DataArray | None
    names: Mapping[str, Mapping[Lang, str]]
    arrival: np.ndarray | None
    workers: np.ndarray | None
    warnings: tuple[Message, ...]
    learned: pd.DataFrame | None = None
    residents: Mapping[str, float] = field(default_factory=dict)

    def name(self, locality: str, lang: Lang) -> str:
        """Name of a locality in a language; its code where it has none."""
        return self.names.get(locality, {}).get(lang, locality)


def placement_case(
    files: PlacementFiles,
    *,
    voluntary: bool,
    tolerance: float,
    seed: int = 1,
    key: RegionKey | None = None,
) -> PlacementCase:
    """The arrays of a placement from its files.

    Parameters
    ----------
    files : PlacementFiles
        Tables without faults.
    voluntary : bool
        Whether a family goes only where it wishes.
    tolerance : float
        How far a region may be from the persons it should take, as a share.
    seed : int, optional
        Of scores learned from past placements.
    key : {"population", "koenigstein", "eu2015"}, optional
        Key by which persons are shared between regions.

    Returns
    -------
    PlacementCase

    Raises
    ------
    SchemaError
        There are neither scores nor chances of work (``NoScores``), no wishes though placement
        is to be voluntary (``NoWishes``), or a column of the key is lacking (``MissingColumn``).
    """
    given = files.tables
    families, localities = given["families"], given["localities"]
    if voluntary and "preferences" not in given:
        raise SchemaError(
            "there are no wishes, though families go only where they wish",
            where="--voluntary",
            remedy="give --prefs FILE, or leave out --voluntary",
            id="NoWishes",
        )
    warnings: list[Message] = []
    services = [*_services(families, localities, warnings), *files.services]
    pairs = {
        "family": families["family"].astype(str).to_numpy(),
        "locality": localities["locality"].astype(str).to_numpy(),
    }
    found: LearnedScores | None = None
    if "past" in given and "scores" not in given:
        from keruen.report.placement_model import learned_scores

        found = learned_scores(given, pairs, seed=seed)
        warnings += found.told
    jobs = placement_jobs(given, pairs, found, warnings)
    score, cost = _score(given, pairs, found, jobs, warnings)
    wishes = _matrix(given["preferences"], "rank", pairs) if "preferences" in given else None
    regions = given.get("regions")
    needs = _needs(families, services, pairs["family"])
    room = _room(localities, services, pairs["locality"])
    share = _of_regions(regions, "persons_target")
    people: dict[str, float] = {}
    if "region" in room.coords:
        sums = room.sel(service="persons").groupby("region").sum().to_series()
        inside = {str(region): int(count) for region, count in sums.items()}
        people = residents_of(regions, list(inside))
        if key is not None:
            persons = int(needs.sel(service="persons").sum())
            share = key_targets(
                key, regions, room=inside, persons=persons, residents=people, warnings=warnings
            )
    elif key is not None:
        raise SchemaError(
            "the localities have no region, and a key shares persons between regions",
            where="--region-key",
            remedy="add the column region to the localities",
            id="NoRegions",
        )
    tables = PlacementTables(
        needs,
        room,
        score,
        compat=score.notnull(),
        preferences=wishes if voluntary else None,
        cost=cost,
        budgets=_of_regions(regions, "budget") if cost is not None else None,
        region_share=share,
        share_tolerance=tolerance,
        group_floor=_floor(given.get("groups")),
        links=_links(given.get("links")),
        minimum=_minimum(localities, services, pairs["locality"]),
        jobs=jobs,
    )
    if cost is None and _of_regions(regions, "budget") is not None:
        warnings.append(msg("Budgets were not used: the scores have no column of costs."))
    return PlacementCase(
        tables,
        wishes,
        locality_names(localities),
        families["arrival"].astype(str).to_numpy() if "arrival" in families else None,
        families["workers"].to_numpy(dtype=int) if "workers" in families else None,
        tuple(warnings),
        None if found is None else found.report,
        people,
    )


def _services(
    families: pd.DataFrame, localities: pd.DataFrame, warnings: list[Message]
) -> list[str]:
    """Services that families need and localities have; one home a family unless told."""
    found = []
    for name in SERVICES:
        needed = name in families or name == "housing"
        if needed and name in localities:
            found.append(name)
        elif name in families:
            warnings.append(
                msg(
                    "'{service}' limits nothing: the localities have no column of it.",
                    service=Verbatim(name),
                )
            )
        elif name in localities:
            warnings.append(
                msg(
                    "'{service}' limits nothing: the families have no column of it.",
                    service=Verbatim(name),
                )
            )
    return found


def _needs(families: pd.DataFrame, services: list[str], names: np.ndarray) -> xr.DataArray:
    ones = np.ones(len(families), dtype=int)
    units = [
        next((families[each].to_numpy(dtype=int) for each in heads if each in families), ones)
        for heads in ((name, f"need_{name}") for name in services)
    ]
    needs = xr.DataArray(
        np.stack(units, axis=1), {"family": names, "service": services}, name="needs"
    )
    coords = {
        name: ("family", families[name].astype(str).to_numpy())
        for name in ("group",)
        if name in families
    }
    if "must_region" in families:
        wanted = [region_meant(text) for text in families["must_region"].astype(str)]
        coords["must_region"] = ("family", np.array(wanted, dtype=str))
    return needs.assign_coords(coords)


def _room(localities: pd.DataFrame, services: list[str], names: np.ndarray) -> xr.DataArray:
    """Units that are still free."""
    units = []
    for name in services:
        column = name if name in localities else f"cap_{name}"
        room = localities[column].to_numpy(dtype=int)
        taken = f"placed_{name}"
        units.append(room - (localities[taken].to_numpy(dtype=int) if taken in localities else 0))
    left = xr.DataArray(
        np.stack(units, axis=1), {"locality": names, "service": services}, name="room"
    )
    if "region" in localities:
        return left.assign_coords(region=("locality", localities["region"].astype(str).to_numpy()))
    return left


def _matrix(table: pd.DataFrame, value: str, pairs: Mapping[str, np.ndarray]) -> xr.DataArray:
    """A figure of pairs as families by localities, missing where there is no row."""
    import pandas as pd

    filled = np.full((len(pairs["family"]), len(pairs["locality"])), np.nan)
    row = pd.Index(pairs["family"]).get_indexer(table["family"].astype(str))
    column = pd.Index(pairs["locality"]).get_indexer(table["locality"].astype(str))
    filled[row, column] = table[value].to_numpy(dtype=float)
    return xr.DataArray(filled, dict(pairs), name=value)


def _score(
    given: Mapping[str, pd.DataFrame],
    pairs: Mapping[str, np.ndarray],
    learned: LearnedScores | None,
    jobs: Jobs | None,
    warnings: list[Message],
) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Scores as given or learned, or members who can work times the chance of the locality.

    Without scores of their own, jobs hold all of the outcome.
    """
    if "scores" in given:
        table = given["scores"]
        cost = _matrix(table, "cost", pairs).fillna(0.0) if "cost" in table else None
        return _matrix(table, "score", pairs), cost
    if learned is not None:
        return learned.score if jobs is None else 0.0 * learned.score, None
    if jobs is not None:
        shape = tuple(len(labels) for labels in pairs.values())
        return xr.DataArray(np.zeros(shape), dict(pairs), name="score"), None
    families, localities = given["families"], given["localities"]
    if "work_chance" not in localities or "workers" not in families:
        raise SchemaError(
            "there are no scores",
            where="the tables of the placement",
            remedy="give --score FILE (the table placement_scores), --model FILE (past "
            "placements), or the columns work_chance of localities and workers of families",
            id="NoScores",
        )
    warnings.append(
        msg(
            "No scores were given: each is the number of members who can work times the chance of "
            "work of the locality, the same for all families."
        )
    )
    chance = localities["work_chance"].to_numpy(dtype=float) / 100.0
    workers = families["workers"].to_numpy(dtype=float)
    return xr.DataArray(workers[:, None] * chance, dict(pairs), name="score"), None


def _of_regions(table: pd.DataFrame | None, name: str) -> xr.DataArray | None:
    if table is None or name not in table:
        return None
    known = table[table[name].notna()]
    if known.empty:
        return None
    regions = known["region"].astype(str).to_numpy()
    return xr.DataArray(known[name].to_numpy(dtype=float), {"region": regions}, name=name)


def _floor(table: pd.DataFrame | None) -> xr.DataArray | None:
    if table is None or table.empty:
        return None
    return xr.DataArray(
        table["floor"].to_numpy(dtype=float), {"group": table["group"].astype(str).to_numpy()}
    )


def _links(table: pd.DataFrame | None) -> tuple[Link, ...]:
    if table is None:
        return ()
    what = np.where(table["same_locality"] > 0, "locality", "region")
    rows = zip(table["family"].astype(str), table["other_family"].astype(str), what, strict=True)
    return tuple((one, other, str(how)) for one, other, how in rows)


def _minimum(
    localities: pd.DataFrame, services: list[str], names: np.ndarray
) -> xr.DataArray | None:
    if "least_persons" not in localities or not (localities["least_persons"] > 0).any():
        return None
    least = xr.DataArray(
        np.zeros((len(names), len(services)), dtype=int), {"locality": names, "service": services}
    )
    least.loc[:, "persons"] = localities["least_persons"].to_numpy(dtype=int)
    return least


def locality_names(localities: pd.DataFrame) -> dict[str, Mapping[Lang, str]]:
    """Names of localities: those of districts of Kazakhstan by code, else as the table has them.

    Parameters
    ----------
    localities : DataFrame
        Columns locality, and name where there is one.

    Returns
    -------
    dict of str to mapping
    """
    from keruen.sources.maps import load_map

    codes = localities["locality"].astype(str).to_numpy()
    own = localities["name"].astype(str).to_numpy() if "name" in localities else codes
    names: dict[str, Mapping[Lang, str]] = {
        code: dict.fromkeys(LANGS, name) for code, name in zip(codes, own, strict=True)
    }
    if any(code.isdecimal() and len(code) == 9 for code in codes):
        for feature in load_map(_DISTRICTS)["features"]:
            facts = feature["properties"]
            if str(facts["locality"]) in names:
                names[str(facts["locality"])] = {lang: facts[f"name_{lang}"] for lang in LANGS}
    return names
