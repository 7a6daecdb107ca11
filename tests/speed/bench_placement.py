# SPDX-License-Identifier: Apache-2.0
"""How near and how fast families are placed, beside the plain integer programme.

Run: python tests/speed/bench_placement.py [--large]. Every case is the recipe of
``placement_cases``; the plain programme gets the whole case and the same seconds as our target,
and its answer is measured against the same bound. Online: ten orders of arrival, in batches of
15, beside taking the best place at hand. With --large also 14,000 families in 200 places, for
which the plain programme gets 120 seconds.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from scipy.sparse import coo_array

sys.path.insert(0, str(Path(__file__).parents[1]))

from keruen.decide.online import OnlineRule, place_online
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_tables import PlacementTables
from keruen.decide.resettle import place_families
from keruen.decide.solve import IntegerProgramme, solve_integer
from placement_cases import recipe

# families, places, gap to reach, seconds, megabytes
_CASES = ((600, 8, 5e-4, 2.0, 4096), (5_000, 40, 1e-3, 20.0, 4096))
_LARGE = (14_000, 200, 2e-3, 120.0, 4096)


def _plain(given: PlacementTables, seconds: float) -> float:
    """Worth that one integer programme over everything reaches, 0 where it finds nothing."""
    score = given.score.to_numpy()
    family, place = np.nonzero(np.isfinite(score))
    needs, room = given.families.to_numpy(), given.localities.to_numpy()
    services, each = room.shape[1], np.arange(len(family))
    cells = [(family, each, np.ones(len(family)))]
    for service in range(services):
        row = len(score) + place * services + service
        cells.append((row, each, needs[family, service].astype(float)))
    row, column, value = (np.concatenate(part) for part in zip(*cells, strict=True))
    limit = np.concatenate([np.ones(len(score)), room.ravel().astype(float)])
    rows = coo_array((value, (row, column)), shape=(len(limit), len(family)))
    gain = score[family, place] + 1e-4 * needs[family, 1]
    ones = np.ones(len(family))
    found = solve_integer(IntegerProgramme(gain, rows, limit, ones, ones > 0), seconds=seconds)
    return 0.0 if found.values is None else float(gain @ found.values)


def _static(families: int, places: int, gap: float, seconds: float, megabytes: int) -> None:
    given = recipe(families, places, 1)
    clock, processor = perf_counter(), process_time()
    found = place_families(
        given.families, given.localities, given.score, compat=given.compat, gap=gap, time_limit=600
    )
    clock, processor = perf_counter() - clock, process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = found.certificate
    report = check_placement(given, found.assignment, prices=found.prices, certificate=said)
    start = perf_counter()
    plain = _plain(given, seconds)
    lost = "nothing found" if not plain else f"gap {100 * (said['bound'] - plain) / plain:.3f} %"
    print(
        f"{families:,} x {places} x 4: gap {100 * said['gap']:.4f} % in {clock:.1f} s "
        f"({processor:.1f} s of processor), {memory:,.0f} MB, checked: {report['holds'].all()}; "
        f"target {100 * gap:g} % in {seconds:g} s, {megabytes:,} MB; "
        f"plain integer programme: {lost} after {perf_counter() - start:.1f} s",
        flush=True,
    )


def _online() -> None:
    both = recipe(1200, 8, 7)
    room = (both.localities * 0.5 + 0.5).astype(int)
    given, past = (
        replace(
            both,
            families=both.families.isel(family=rows),
            score=both.score.isel(family=rows),
            compat=both.compat.isel(family=rows),
            localities=room,
        )
        for rows in (slice(600), slice(600, None))
    )
    most = place_families(
        given.families, given.localities, given.score, compat=given.compat, gap=5e-4
    ).certificate["bound"]
    labels = given.families["family"].to_numpy()

    def batches(order: int) -> list[list[str]]:
        mixed = np.random.default_rng(order).permutation(labels)
        return [mixed[at : at + 15].tolist() for at in range(0, 600, 15)]

    rules: tuple[OnlineRule, ...] = ("potentials", "discord", "greedy")
    for rule in rules:
        start = process_time()
        found = [
            place_online(given, batches(seed), pool=past, seed=seed, rule=rule).value / most
            for seed in range(10)
        ]
        print(
            f"online by {rule}, 600 families, 10 orders: mean {np.mean(found):.4f} of hindsight "
            f"(least {min(found):.4f}), target 0.98; {(process_time() - start) / 10:.1f} s of "
            "processor a year, target 10 s",
            flush=True,
        )
    _balance(given, past, batches(1), most)


def _balance(
    given: PlacementTables, past: PlacementTables, batches: list[list[str]], most: float
) -> None:
    """Score lost and queues shortened as more is given up for an even inflow."""
    rules: tuple[OnlineRule, ...] = ("potentials", "discord")
    for rule in rules:
        for gamma in (0.0, 0.005, 0.01, 0.02, 0.05):
            year = place_online(given, batches, pool=past, seed=1, rule=rule, balance=gamma)
            longest = year.queues.max("locality")
            share, most_waiting = 100 * year.value / most, float(longest.max())
            print(
                f"balance {gamma:g} by {rule}: {share:.2f} % of hindsight, longest queue "
                f"{most_waiting:.1f} families, over the year {float(longest.mean()):.1f}",
                flush=True,
            )


def main() -> None:
    """Print every figure."""
    for case in (*_CASES, *([_LARGE] if "--large" in sys.argv else [])):
        _static(*case)
    _online()


if __name__ == "__main__":
    main()
