# SPDX-License-Identifier: Apache-2.0
"""Placement through the year: families come in batches, and the rest of the year is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.decide._market import WAITS
from keruen.decide._online_year import OnlineRule, Year
from keruen.decide._placement_case import Case, make_case
from keruen.decide._placement_prices import Floats
from keruen.decide.placement_tables import PlacementTables

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["OnlinePlacement", "OnlineRule", "place_online"]

_JOB_DIMS = ("occupation", "tier")


@dataclass(frozen=True)
class OnlinePlacement:
    """Places given through a year.

    Parameters
    ----------
    assignment : DataArray [family]
        Locality of each family, an empty text where it waits.
    value : float
        Total score.
    remaining : DataArray [locality, service], units
        Capacity left.
    potentials : DataArray [batch, locality, service], score per unit
        What a unit was expected to be worth for the families still to come.
    queues : DataArray [batch, locality], families
        Queue of each locality after each batch: families beyond an even inflow.
    jobs : DataFrame or None
        Columns worker, family, locality, occupation, tier and chance: who takes which job.
    """

    assignment: xr.DataArray
    value: float
    remaining: xr.DataArray
    potentials: xr.DataArray
    queues: xr.DataArray
    jobs: pd.DataFrame | None = None


def place_online(
    tables: PlacementTables,
    batches: Sequence[Sequence[str]],
    *,
    pool: PlacementTables,
    seed: int,
    rule: OnlineRule = "potentials",
    draws: int = 3,
    expected: int | None = None,
    balance: float = 0.0,
) -> OnlinePlacement:
    """Places for families as they come, keeping room for those who will.

    Parameters
    ----------
    tables : PlacementTables
        All families of the year, as a back-test has them, or those so far; capacities of the
        year. A group floor is kept in expectation.
    batches : sequence of sequence of str
        Families in the order they come; each batch is placed together, before the next is seen.
    pool : PlacementTables
        Families of earlier years, from which the rest of the year is drawn: same localities and
        services; with jobs, their workers, and the same occupations.
    seed : int
        The same seed gives the same places.
    rule : {"potentials", "discord", "greedy"}
        Score less what the units taken are expected to be worth later; the least mean loss when
        batch and future are placed as a whole; or the score alone.
    draws : int, optional
        Futures drawn for each batch; 3 to 5 is enough.
    expected : int, optional
        Families expected in the year; the number in the batches when not given. When capacity is
        larger than what will come, give your own forecast, not the capacity.
    balance : float, optional
        Score given up for each family in the queue of a locality, to keep inflow even.

    Returns
    -------
    OnlinePlacement

    Raises
    ------
    SchemaError
        The rule is unknown, or a number is out of range.
    CoverageError
        A batch names an unknown family or one twice, or the pool has other localities or services.

    See Also
    --------
    keruen.decide.resettle.place_families : With all families known.

    Notes
    -----
    For each batch, ``draws`` futures of the families still expected are drawn from the pool with
    replacement; the prices of units for the batch and a future together are the potentials. The
    batch is placed to maximise ``w[f,l] - sum_s a[f,s] p[l,s]`` within what is left. Minimum
    discord finds, for each draw, the best whole assignment of batch and future, families of it
    divisible, and what it loses with a family at a place: ``mean_k (V_k - V_k[f at l])``. The
    batch is placed to lose least. Prices measure the same loss for the next unit alone: the two
    rules part where a family takes so much that prices would change. Places are tried in the
    order of their loss at prices, which is a lower bound, until none left can be better. A whole
    assignment takes far longer than its prices: for some hundred families and tens of places.
    Jobs that a batch takes are settled with it, above the expected price of a job place. The
    queue of a locality grows by families placed there and shrinks by its share of an even year:
    ``q <- max(0, q + placed - K batch / expected)`` with K its houses, here the families that it
    could take at the mean need.

    References
    ----------
    Ahani, N., Gölz, P., Procaccia, A. D., Teytelboym, A. and Trapp, A. C. (2024). Dynamic
    placement in refugee resettlement. Operations Research 72, 1087-1104.
    Bansak, K. and Paulson, E. (2024). Outcome-driven dynamic refugee assignment with allocation
    balancing. Operations Research 72, 2375-2390.

    Examples
    --------
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> tables = PlacementTables(
    ...     xr.DataArray([[1], [1]], {**who, **one}),
    ...     xr.DataArray([[1], [1]], {**where, **one}),
    ...     xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where}),
    ... )
    >>> found = place_online(tables, [["f1"], ["f2"]], pool=tables, seed=1, rule="greedy")
    >>> found.assignment.values.tolist()
    ['Astana', 'Aktau']
    """
    case, past = make_case(tables), make_case(pool)
    _check(tables, batches, pool, rule, draws)
    year = Year(case, past, seed=seed, draws=draws, balance=balance, rule=rule)
    at = {str(name): number for number, name in enumerate(tables.families.indexes["family"])}
    total = expected if expected is not None else sum(len(batch) for batch in batches)
    potentials, queues = [], []
    for batch in batches:
        members = np.array([at[name] for name in batch], dtype=np.int64)
        potentials.append(year.take(members, total))
        queues.append(year.queue)
    return _told(tables, case, year, potentials, queues)


def _check(
    tables: PlacementTables,
    batches: Sequence[Sequence[str]],
    pool: PlacementTables,
    rule: str,
    draws: int,
) -> None:
    if rule not in get_args(OnlineRule) or draws < 1:
        raise SchemaError(
            f"{draws} draws by {rule!r}",
            remedy=f"give 1 or more, and one of {', '.join(get_args(OnlineRule))}",
        )
    if tables.links or pool.links:
        raise SchemaError(
            "linked families cannot be placed one batch after another",
            where="links",
            remedy="merge them into one family first",
            id="LinksOnline",
        )
    _check_jobs(tables, pool)
    named = [name for batch in batches for name in batch]
    known = {str(each) for each in tables.families.indexes["family"]}
    odd = sorted({name for name in named if name not in known or named.count(name) > 1})
    if odd:
        raise CoverageError(
            f"the batches name {', '.join(odd[:5])} more than once, or it is unknown",
            where="batches",
            remedy="name each family of the tables at most once",
        )
    for dim, array, other in (
        ("locality", tables.localities, pool.localities),
        ("service", tables.families, pool.families),
    ):
        if not array.indexes[dim].equals(other.indexes[dim]):
            raise CoverageError(
                f"the pool has another {dim}",
                where="pool",
                remedy="give the same localities and services in the same order",
            )


def _check_jobs(tables: PlacementTables, pool: PlacementTables) -> None:
    """Workers of earlier years know the occupations of this one."""
    now, past = tables.jobs, pool.jobs
    if now is None and past is None:
        return
    alike = now is not None and past is not None
    if now is not None and past is not None:
        pairs = [(now.places.indexes[dim], past.places.indexes[dim]) for dim in _JOB_DIMS]
        alike = all(one.equals(other) for one, other in pairs)
    if not alike:
        raise CoverageError(
            "the pool has other jobs",
            where="pool",
            remedy="give both jobs, with the same occupations and tiers in the same order",
            id="JobsOnline",
        )


def _told(
    tables: PlacementTables,
    case: Case,
    year: Year,
    potentials: list[Floats],
    queues: list[Floats],
) -> OnlinePlacement:
    names = np.array([*tables.localities.indexes["locality"], WAITS], dtype=object)
    localities = {"locality": tables.localities.indexes["locality"]}
    cells = {**localities, "service": tables.families.indexes["service"]}
    placed = np.flatnonzero(year.places >= 0)
    return OnlinePlacement(
        xr.DataArray(
            names[year.places].astype(str),
            coords={"family": tables.families.indexes["family"]},
            dims="family",
            name="assignment",
        ),
        float(case.score[placed, year.places[placed]].sum())
        + sum(each.chance for each in year.took),
        xr.DataArray(year.left, cells, name="remaining"),
        _by_batch(potentials, cells, "potential"),
        _by_batch(queues, localities, "queue"),
        _job_table(tables, year),
    )


def _by_batch(found: list[Floats], labels: Mapping[str, pd.Index], name: str) -> xr.DataArray:
    shape = tuple(len(index) for index in labels.values())
    values = np.stack(found) if found else np.zeros((0, *shape))
    return xr.DataArray(values, {"batch": np.arange(len(found)), **labels}, name=name)


def _job_table(tables: PlacementTables, year: Year) -> pd.DataFrame | None:
    import pandas as pd

    if tables.jobs is None:
        return None
    labels = {
        "worker": tables.jobs.family.indexes["worker"],
        "family": tables.families.indexes["family"],
        "locality": tables.localities.indexes["locality"],
        "occupation": tables.jobs.places.indexes["occupation"],
        "tier": tables.jobs.factor.indexes["tier"],
    }
    rows = [tuple(vars(each).values()) for each in year.took]
    table = pd.DataFrame(rows, columns=[*labels, "chance"])
    for name, index in labels.items():
        table[name] = index[table[name].to_numpy(dtype=int)]
    return table.sort_values("worker", ignore_index=True)
