# SPDX-License-Identifier: Apache-2.0
"""A case solved: by itself, or again under other limits without the report."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from keruen.core.errors import InfeasibleError, SchemaError
from keruen.decide._placement_case import Case, make_case
from keruen.decide._placement_prices import SOFTNESS, Ints, Prices, best_prices, bound
from keruen.decide._placement_search import Found, search
from keruen.decide.placement_tables import PlacementTables

_LAST_STEP = 0.001
"""With jobs many places are worth the same, and prices need one more step."""


def solve_case(case: Case, *, gap: float, seconds: float) -> tuple[Prices, Found]:
    """Prices, and the best placement found in the time given."""
    end = perf_counter() + seconds
    best = case.numbers.worth
    if case.numbers.jobs is not None:
        best = best + case.numbers.jobs.hoped(len(best))
    top = float(np.where(np.isfinite(best), best, 0.0).max(initial=0.0))
    steps = SOFTNESS if case.numbers.jobs is None else (*SOFTNESS, _LAST_STEP)
    prices = best_prices(case.numbers, highest=max(top, 1.0), steps=steps)
    left = max(end - perf_counter(), 0.1)
    return prices, search(
        case.numbers, prices, minimum=case.minimum, ties=case.ties, gap=gap, seconds=left
    )


def placed_again(tables: PlacementTables, gap: float, seconds: float) -> tuple[Ints, float, float]:
    """Places of families, their worth (minus infinity for none), and the bound."""
    case = make_case(tables)
    prices, found = solve_case(case, gap=gap, seconds=seconds)
    return found.places[case.row], found.worth, bound(case.numbers, prices)


def placed_or_refused(
    tables: PlacementTables, gap: float, seconds: float
) -> tuple[Ints, float, float]:
    """The same, refused where no placement keeps all limits."""
    places, worth, most = placed_again(tables, gap, seconds)
    if not np.isfinite(worth):
        raise InfeasibleError(
            "no placement satisfies all limits",
            remedy="place the families first: it says which limit to widen",
            id="Infeasible",
        )
    return places, worth, most


def groups_of(tables: PlacementTables) -> np.ndarray:
    """Group of each family."""
    if "group" not in tables.families.coords:
        raise SchemaError(
            "families have no group", where="families", remedy="give the coordinate 'group'"
        )
    return np.asarray(tables.families["group"].to_numpy().astype(str))
