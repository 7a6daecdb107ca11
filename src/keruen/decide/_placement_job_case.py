# SPDX-License-Identifier: Apache-2.0
"""From the tables of workers and jobs to numbers, with every fault said."""

from __future__ import annotations

import numpy as np

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide._placement_jobs import Ints, JobNumbers
from keruen.decide.placement_tables import Jobs, PlacementTables


def make_jobs(asked: PlacementTables, row: Ints) -> JobNumbers | None:
    """Workers in the order of their rows, each with what it can do somewhere."""
    jobs = asked.jobs
    if jobs is None:
        return None
    for name, dims in (
        ("family", ("worker",)),
        ("chance", ("worker", "occupation", "locality")),
        ("places", ("locality", "occupation", "tier")),
        ("factor", ("tier",)),
    ):
        require_dims(getattr(jobs, name), *dims, name=f"jobs, {name}")
    raise_faults(_label_faults(asked, jobs))
    workers, occupations = jobs.family.indexes["worker"], jobs.places.indexes["occupation"]
    labels = {"occupation": occupations, "locality": asked.localities.indexes["locality"]}
    chance = jobs.chance.sel(worker=workers, **labels)
    chance = chance.transpose("worker", "occupation", "locality")
    tiers = jobs.factor.indexes["tier"]
    places = jobs.places.sel(tier=tiers, **labels).transpose("locality", "occupation", "tier")
    raise_faults(_value_faults(chance.to_numpy(), places.to_numpy(), jobs.factor.to_numpy()))
    families = asked.families.indexes["family"]
    owner = row[families.get_indexer(jobs.family.to_numpy().astype(str))]
    order = np.argsort(owner, kind="stable")
    filled = np.nan_to_num(chance.to_numpy().astype(float))[order]
    worker, occupation = np.nonzero((filled > 0).any(axis=2))
    able, position = np.unique(worker, return_inverse=True)
    return JobNumbers(
        owner[order][able],
        order[able],
        position.astype(np.int64),
        occupation,
        filled[worker, occupation],
        places.to_numpy().astype(np.int64),
        jobs.factor.to_numpy().astype(float),
    )


def _label_faults(asked: PlacementTables, jobs: Jobs) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    localities = asked.localities.indexes["locality"]
    for dim, one, other, where in (
        ("worker", jobs.chance.indexes["worker"], jobs.family.indexes["worker"], "chance"),
        (
            "occupation",
            jobs.chance.indexes["occupation"],
            jobs.places.indexes["occupation"],
            "chance",
        ),
        ("locality", jobs.chance.indexes["locality"], localities, "chance"),
        ("locality", jobs.places.indexes["locality"], localities, "places"),
        ("tier", jobs.places.indexes["tier"], jobs.factor.indexes["tier"], "factor"),
    ):
        odd = one.symmetric_difference(other)
        if len(odd):
            faults.append(
                CoverageError(
                    f"{dim} {few(odd)} does not stand in all tables",
                    where=f"jobs, {where}",
                    remedy=f"give every {dim} once in each table",
                    id="UnknownLabel",
                )
            )
    known = {str(each) for each in asked.families.indexes["family"]}
    odd_families = sorted({str(each) for each in jobs.family.to_numpy()} - known)
    if odd_families:
        faults.append(
            CoverageError(
                f"workers belong to {few(odd_families)}, which is no family of the table",
                where="jobs, family",
                remedy="name the families as in the table of families",
                id="UnknownLabel",
            )
        )
    return faults


def _value_faults(
    chance: np.ndarray, places: np.ndarray, factor: np.ndarray
) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    wrong = int(((chance < 0) | (chance > 1)).sum())
    if wrong:
        faults.append(
            SchemaError(
                f"{wrong} chances are not between 0 and 1",
                where="jobs, chance",
                remedy="give probabilities, missing where the occupation may not be taken",
                id="ScoreOutOfRange",
            )
        )
    count = places.astype(float)
    wrong = int((~(count >= 0) | (count != np.floor(count))).sum())
    if wrong:
        faults.append(
            SchemaError(
                f"{wrong} numbers of job places are not whole",
                where="jobs, places",
                remedy="give 0 or a positive whole number",
                id="NotWhole",
            )
        )
    steps = np.diff(factor, prepend=1.0)
    if not np.isfinite(factor).all() or (steps > 0).any() or (factor < 0).any():
        faults.append(
            SchemaError(
                f"the factors of tiers are {few([f'{each:g}' for each in factor])}",
                where="jobs, factor",
                remedy="begin with 1 or less and let them fall, none below 0",
                id="NotFalling",
            )
        )
    return faults
