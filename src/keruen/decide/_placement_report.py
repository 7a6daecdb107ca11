# SPDX-License-Identifier: Apache-2.0
"""A placement as tables: loads with prices, reasons, jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.decide._market import WAITS
from keruen.decide._placement_case import Case
from keruen.decide._placement_jobs import take_jobs
from keruen.decide._placement_prices import Ints, Prices
from keruen.decide._placement_programme import used
from keruen.decide.placement_tables import PlacementTables

if TYPE_CHECKING:
    import pandas as pd


def load_table(case: Case, rows: Ints, prices: xr.DataArray) -> pd.DataFrame:
    """Units used and free in each locality, with the price of one more."""
    import pandas as pd

    taken = used(case.numbers, rows)
    index = pd.MultiIndex.from_product(
        [prices.indexes["locality"], prices.indexes["service"]], names=["locality", "service"]
    )
    frame = pd.DataFrame(
        {
            "used": taken.ravel(),
            "capacity": case.numbers.capacity.ravel(),
            "free": (case.numbers.capacity - taken).ravel(),
            "price": prices.to_numpy().ravel(),
        },
        index=index,
    )
    return frame.reset_index()


def explain_table(asked: PlacementTables, case: Case, rows: Ints) -> pd.DataFrame:
    """Why each family is where it is, from capacities and scores."""
    import pandas as pd

    numbers = case.numbers
    names = np.array([*asked.localities.indexes["locality"], WAITS], dtype=object)
    services = np.array(asked.families.indexes["service"], dtype=object)
    places = rows[case.row]
    score = np.where(case.allowed, case.score, -np.inf)
    every = np.arange(len(places))
    own = np.where(places >= 0, score[every, places], 0.0)
    if case.jobs is not None:
        kept, _ = take_jobs(case.jobs, places)
        owner = case.jobs.row[case.jobs.worker[kept.option]]
        own += np.bincount(owner, kept.gain, minlength=len(own))
        score = score + case.jobs.hoped(len(own))
    others = score.copy()
    others[every[places >= 0], places[places >= 0]] = -np.inf
    other = others.argmax(axis=1)
    room = numbers.capacity - used(numbers, rows)
    short = numbers.needs[case.row] > room[other]
    has_other = np.isfinite(others[every, other])
    best = has_other & (others[every, other] > own)
    fits = ~short.any(axis=1)
    reason = np.select(
        [~case.allowed.any(axis=1), ~has_other, ~best, ~fits],
        ["nowhere possible", "only option", "best option", "full"],
        "others gain more",
    )
    # a family that waits is told what is short even where it would gain nothing
    wanted = best | (has_other & (places < 0))
    binding = [
        ", ".join(services[line]) if want else "" for line, want in zip(short, wanted, strict=True)
    ]
    rank = 1 + (score > own[:, None]).sum(axis=1)
    return pd.DataFrame(
        {
            "family": asked.families.indexes["family"],
            "locality": names[places],
            "score": np.where(places >= 0, own, np.nan),
            "rank": np.where(places >= 0, rank, 0),
            "options": case.allowed.sum(axis=1),
            "other": np.where(has_other, names[other], ""),
            "other_score": np.where(has_other, others[every, other], np.nan),
            "reason": reason,
            "binding": binding,
        }
    )


def job_table(asked: PlacementTables, case: Case, rows: Ints) -> pd.DataFrame | None:
    """Who takes which job."""
    import pandas as pd

    if asked.jobs is None or case.jobs is None:
        return None
    kept, _ = take_jobs(case.jobs, rows[case.row])
    worker = case.jobs.worker[kept.option]
    occupation = case.jobs.occupation[kept.option]
    table = pd.DataFrame(
        {
            "worker": asked.jobs.family.indexes["worker"][case.jobs.number[worker]],
            "family": asked.families.indexes["family"][case.jobs.row[worker]],
            "locality": asked.localities.indexes["locality"][kept.place],
            "occupation": asked.jobs.places.indexes["occupation"][occupation],
            "tier": asked.jobs.factor.indexes["tier"][kept.tier],
            "chance": kept.gain,
        }
    )
    return table.sort_values("worker", ignore_index=True)


def job_prices(asked: PlacementTables, prices: Prices) -> xr.DataArray | None:
    """Prices of job places, with their labels."""
    if asked.jobs is None:
        return None
    labels = {
        "locality": asked.localities.indexes["locality"],
        "occupation": asked.jobs.places.indexes["occupation"],
        "tier": asked.jobs.factor.indexes["tier"],
    }
    return xr.DataArray(prices.jobs, labels, name="job_price")
