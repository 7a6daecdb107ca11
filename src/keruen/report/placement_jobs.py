# SPDX-License-Identifier: Apache-2.0
"""Jobs by occupation: from the user's tables to a placement, and back to words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.placement_tables import Jobs
from keruen.report.locale import Count, Listing, Locale, Message, msg
from keruen.report.placement_model import LearnedScores, can_work
from keruen.report.skills_words import Occupation
from keruen.sources.placement_members import occupation_meant

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.placement_run import PlacementRun

_SHOWN: Final = 5


def placement_jobs(
    given: Mapping[str, pd.DataFrame],
    pairs: Mapping[str, np.ndarray],
    learned: LearnedScores | None,
    warnings: list[Message],
) -> Jobs | None:
    """Workers and job places of the tables.

    Parameters
    ----------
    given : mapping of str to DataFrame
        Tables of a placement.
    pairs : mapping of str to ndarray
        Labels of families and localities.
    learned : LearnedScores or None
        Chances learned from past placements, where they are.
    warnings : list of Message
        Takes what was taken for granted.

    Returns
    -------
    Jobs or None
        Nothing where there are no job places.

    Raises
    ------
    SchemaError
        It is not said who can take which job, or with which chance (``NoChances``).
    """
    if "jobs" not in given:
        return None
    localities = pairs["locality"]
    places, factor = _job_places(given["jobs"], localities)
    occupations = places.indexes["occupation"].to_numpy().astype(str)
    if "chances" in given:
        family, chance = _given_chances(given["chances"], occupations, localities)
    else:
        family, chance = _by_occupation(given, occupations, localities, learned, warnings)
    _tell(chance, occupations, warnings)
    if "scores" in given:
        warnings.append(
            msg(
                "Chances of work in the jobs are added to the scores given: these should not hold "
                "them as well."
            )
        )
    return Jobs(family, chance, places, factor)


def _job_places(table: pd.DataFrame, localities: np.ndarray) -> tuple[xr.DataArray, xr.DataArray]:
    """Job places by what is left of the chance there, the best first."""
    left = np.full(len(table), 100.0)
    if "chance_left" in table:
        left = table["chance_left"].to_numpy(dtype=float)
    factors = np.unique(left)[::-1]
    occupations, occupation = np.unique(table["occupation"].astype(str), return_inverse=True)
    place = _at(localities, table["locality"])
    tier = np.searchsorted(-factors, -left)
    count = np.zeros((len(localities), len(occupations), len(factors)), dtype=np.int64)
    np.add.at(count, (place, occupation, tier), table["places"].to_numpy(dtype=np.int64))
    tiers = {"tier": np.arange(1, len(factors) + 1)}
    labels = {"locality": localities, "occupation": occupations, **tiers}
    return xr.DataArray(count, labels), xr.DataArray(factors / 100.0, tiers)


def _at(labels: np.ndarray, wanted: pd.Series) -> np.ndarray:
    import pandas as pd

    return pd.Index(labels).get_indexer(wanted.astype(str))


def _given_chances(
    table: pd.DataFrame, occupations: np.ndarray, localities: np.ndarray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Chances as given, everywhere or where they are said to hold."""
    import pandas as pd

    families, persons = table["family"].astype(str), table["person"].astype(str)
    worker, known = pd.factorize(pd.MultiIndex.from_arrays([families, persons]))
    names, owner = _workers(list(known))
    filled = np.full((len(names), len(occupations), len(localities)), np.nan)
    chance = table["chance"].to_numpy(dtype=float) / 100.0
    occupation = _at(occupations, table["occupation"])
    if "locality" in table:
        filled[worker, occupation, _at(localities, table["locality"])] = chance
    else:
        filled[worker, occupation] = chance[:, None]
    return _labelled(names, owner, filled, occupations, localities)


def _workers(known: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Names of workers, each once, and their families."""
    owner, names = [one for one, _ in known], [other for _, other in known]
    if len(set(names)) < len(names):  # persons numbered within their families
        names = [f"{one}/{other}" for one, other in known]
    return names, owner


def _labelled(
    names: list[str],
    owner: list[str],
    filled: np.ndarray,
    occupations: np.ndarray,
    localities: np.ndarray,
) -> tuple[xr.DataArray, xr.DataArray]:
    labels = {"worker": names, "occupation": occupations, "locality": localities}
    return xr.DataArray(np.array(owner, dtype=str), {"worker": names}), xr.DataArray(filled, labels)


def _by_occupation(
    given: Mapping[str, pd.DataFrame],
    occupations: np.ndarray,
    localities: np.ndarray,
    learned: LearnedScores | None,
    warnings: list[Message],
) -> tuple[xr.DataArray, xr.DataArray]:
    """Each member who can work takes jobs of its own occupation, with the chance of the place."""
    members, rooms = given.get("members"), given["localities"]
    lacking = learned is None and "work_chance" not in rooms
    if members is None or "occupation" not in members or lacking:
        raise SchemaError(
            "it is not said who can take which job, and with which chance",
            where="jobs",
            remedy="give --chances FILE (the table placement_chances); or the column occupation of "
            "members, with the column work_chance of localities or --model FILE",
            id="NoChances",
        )
    workers = members[can_work(members, warnings)]
    codes = [occupation_meant(text) or "" for text in workers["occupation"].astype(str)]
    if learned is None:
        place = rooms["work_chance"].to_numpy(dtype=float) / 100.0
        chance = np.broadcast_to(place, (len(workers), len(place)))
        warnings.append(
            msg(
                "The chance of work in an occupation is that of the locality, the same for all "
                "workers."
            )
        )
    else:
        known = learned.chance.reindex(locality=localities)
        chance = known.sel(person=workers.index.to_numpy()).to_numpy()
    able = [[bool(code) and code.startswith(one) for one in occupations] for code in codes]
    filled = np.where(np.array(able)[:, :, None], chance[:, None, :], np.nan)
    pairs = zip(workers["family"].astype(str), workers["person"].astype(str), strict=True)
    names, owner = _workers(list(pairs))
    return _labelled(names, owner, filled, occupations, localities)


def _tell(chance: xr.DataArray, occupations: np.ndarray, warnings: list[Message]) -> None:
    """Jobs that nobody can take, and workers who can take none."""
    able = np.nan_to_num(chance.to_numpy()).max(axis=2, initial=0.0) > 0
    idle = int((~able.any(axis=1)).sum())
    if idle:
        warnings.append(msg("{count} workers can take none of the jobs listed.", count=Count(idle)))
    lonely = [str(each) for each in occupations[~able.any(axis=0)]]
    if lonely:
        warnings.append(
            msg(
                "No worker can take jobs of {occupations}.",
                occupations=Listing(tuple(Occupation(one) for one in lonely[:_SHOWN])),
            )
        )


def job_tables(run: PlacementRun, locale: Locale) -> dict[str, pd.DataFrame]:
    """Who is expected in which job, and how job places fill; nothing without jobs.

    Parameters
    ----------
    run : PlacementRun
        The run.
    locale : Locale
        Language of names and sentences.

    Returns
    -------
    dict of str to DataFrame
        ``jobs``: columns worker, family, locality, name, occupation, title, step, chance.
        ``job_places``: columns locality, name, occupation, title, step, chance_left, used,
        capacity, price and text, of steps with places.
    """
    jobs, taken, prices = run.tables.jobs, run.placement.jobs, run.placement.job_prices
    if jobs is None or taken is None or prices is None:
        return {}
    shown = _named(taken, run, locale).rename(columns={"tier": "step"})
    order = ["worker", "family", "locality", "name", "occupation", "title", "step", "chance"]
    cells = prices.rename("price").to_series().to_frame()
    cells["capacity"] = jobs.places.transpose(*prices.dims).to_series()
    keys = list(cells.index.names)
    cells["used"] = taken.groupby(keys).size().reindex(cells.index, fill_value=0)
    places = cells[cells["capacity"] > 0].reset_index()
    places["chance_left"] = 100.0 * places["tier"].map(jobs.factor.to_series())
    places = _named(places, run, locale).rename(columns={"tier": "step"})
    rows = zip(places["occupation"], places["name"], places["price"], strict=True)
    places["text"] = [
        job_words(str(code), str(name), float(price)).render(locale) if price > 0 else ""
        for code, name, price in rows
    ]
    first = ["locality", "name", "occupation", "title", "step", "chance_left", "used"]
    places = places.sort_values(["price", "locality"], ascending=[False, True], kind="stable")
    places = places[[*first, "capacity", "price", "text"]].reset_index(drop=True)
    return {"jobs": shown[order], "job_places": places}


def _named(table: pd.DataFrame, run: PlacementRun, locale: Locale) -> pd.DataFrame:
    """Names of places and occupations beside their codes."""
    titles = {code: Occupation(str(code)).render(locale) for code in table["occupation"].unique()}
    names = [run.case.name(str(one), locale.lang) for one in table["locality"]]
    return table.assign(name=names, title=table["occupation"].map(titles))


def job_words(occupation: str, place: str, price: float) -> Message:
    """What one more job place is worth, as a sentence.

    Parameters
    ----------
    occupation : str
        Code of the occupation.
    place : str
        Name of the locality.
    price : float
        Its price.

    Returns
    -------
    Message

    Examples
    --------
    >>> job_words("7212", "Burabay", 0.3).render(Locale("en"))[:44]
    'One more job in Burabay (Welders and Flame C'
    """
    return msg(
        "One more job in {place} ({occupation}) is worth {price} expected members in work.",
        place=place,
        occupation=Occupation(occupation),
        price=Count(price, 2),
    )
