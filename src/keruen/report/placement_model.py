# SPDX-License-Identifier: Apache-2.0
"""Scores of families learned from past placements, with how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.employment_model import EmploymentModel, family_score, fit_employment
from keruen.report.locale import Count, Listing, Message, Verbatim, msg

if TYPE_CHECKING:
    import pandas as pd

_FEATURES: Final = ("age", "sex", "education")
_WORKING_AGES: Final = (18, 62)
_SHOWN: Final = 5


@dataclass(frozen=True)
class LearnedScores:
    """Scores, and how good the chances behind them are.

    Parameters
    ----------
    score : DataArray [family, locality], expected members in work
        Missing in localities without past placements.
    report : DataFrame
        Report of the model on persons it has not seen.
    told : tuple of Message
        What was taken for granted.
    chance : DataArray [person, locality], probability
        Chance of work of each member who can work; ``person`` is the row of the members.
    """

    score: xr.DataArray
    report: pd.DataFrame
    told: tuple[Message, ...]
    chance: xr.DataArray


def learned_scores(
    given: Mapping[str, pd.DataFrame], pairs: Mapping[str, np.ndarray], *, seed: int
) -> LearnedScores:
    """Expected members in work of each family in each locality, from past placements.

    Parameters
    ----------
    given : mapping of str to DataFrame
        Tables of a placement; ``members`` and ``past`` among them.
    pairs : mapping of str to ndarray
        Labels of families and localities.
    seed : int
        The same seed gives the same scores.

    Returns
    -------
    LearnedScores

    Raises
    ------
    SchemaError
        There are no members (``NoMembers``), none who can work, or the past teaches nothing
        (``PerfectSeparation``, ``OneLocality`` ...).

    See Also
    --------
    keruen.decide.employment_model.fit_employment : Learns the chances.
    """
    if "members" not in given:
        raise SchemaError(
            "chances of work are those of members, and there are none",
            where="the tables of the placement",
            remedy="give --members FILE, or the sheet members",
            id="NoMembers",
        )
    past, members = given["past"], given["members"]
    told: list[Message] = []
    workers = members[can_work(members, told)]
    if workers.empty:
        raise SchemaError(
            "no member can work", where="members", remedy="fill in the column works", id="NoWorkers"
        )
    shared = [name for name in _FEATURES if name in past and name in workers]
    model = _fitted(past, shared, seed)
    labels = workers.index.to_numpy()
    chance = model.chance(_features(workers, shared, labels))
    family = xr.DataArray(workers["family"].astype(str).to_numpy(), {"person": labels})
    score = family_score(chance, family, outcome="expected_workers")
    unknown = sorted(set(pairs["locality"]) - set(model.localities))
    told.append(
        msg(
            "Scores are learned from {persons} persons placed before, by {features}; the sheet "
            "of the model says how good they are.",
            persons=Count(len(past)),
            features=Listing(tuple(Verbatim(name) for name in shared)),
        )
    )
    if unknown:
        told.append(
            msg(
                "Nobody was placed before in {localities}: no chance is known there, and nobody "
                "is proposed.",
                localities=Listing(tuple(Verbatim(name) for name in unknown[:_SHOWN])),
            )
        )
    filled = score.reindex(locality=pairs["locality"]).reindex(family=pairs["family"])
    nobody = ~np.isin(pairs["family"], family.to_numpy())
    known = np.isin(pairs["locality"], model.localities)
    cells = np.where(nobody[:, None] & known[None, :], 0.0, filled.to_numpy())
    filled_score = xr.DataArray(cells, dict(pairs), name="score")
    return LearnedScores(filled_score, model.report, tuple(told), chance)


def can_work(members: pd.DataFrame, told: list[Message]) -> np.ndarray:
    """Which members can work, by the column of it or by age, which is then told.

    Parameters
    ----------
    members : DataFrame
        Members of the families.
    told : list of Message
        Takes what is taken for granted.

    Returns
    -------
    ndarray of bool
    """
    if "works" in members:
        return np.asarray(members["works"].to_numpy() > 0)
    low, high = _WORKING_AGES
    told.append(
        msg(
            "Members aged {low} to {high} are taken to be able to work: there is no column of it.",
            low=Count(low),
            high=Count(high),
        )
    )
    return np.asarray(members["age"].between(low, high))


def _features(table: pd.DataFrame, names: list[str], labels: np.ndarray) -> xr.Dataset:
    columns = {
        name: table[name].to_numpy(dtype=float)
        if name == "age"
        else table[name].astype(str).to_numpy()
        for name in names
    }
    return xr.Dataset(
        {name: ("person", column) for name, column in columns.items()}, {"person": labels}
    )


def _fitted(past: pd.DataFrame, names: list[str], seed: int) -> EmploymentModel:
    labels = np.arange(len(past))

    def column(values: np.ndarray) -> xr.DataArray:
        return xr.DataArray(values, {"person": labels}, dims="person")

    tied = column(past["tied"].to_numpy() > 0) if "tied" in past else None
    group = column(past["sex"].astype(str).to_numpy()) if "sex" in past else None
    return fit_employment(
        _features(past, names, labels),
        column(past["locality"].astype(str).to_numpy()),
        column(past["in_work"].to_numpy(dtype=int)),
        column(past["arrival"].to_numpy(dtype="datetime64[D]")),
        seed=seed,
        tied=tied,
        group=group,
    )
