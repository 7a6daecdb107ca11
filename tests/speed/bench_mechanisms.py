# SPDX-License-Identifier: Apache-2.0
"""How fast the mechanisms of wishes are, beside their definitions read round by round.

Run: python tests/speed/bench_mechanisms.py [--large]. Families and localities are those of the
recipe; wishes follow a popularity of places, every place has all families in line, and the
proposal is that of turns with wishes in another order. The definitions are timed on a market
that they can bear, where their answers must also be equal. With --large: 14,000 families, 200
localities, 4 services, 20 wishes each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from keruen.decide._deferred import accepted
from keruen.decide._endowed import endowed_cycles
from keruen.decide._trading import cycles, in_turn
from placement_cases import recipe
from simple_mechanisms import simple_accepted, simple_endowed_cycles

Market = tuple[np.ndarray, np.ndarray, list[np.ndarray], list[np.ndarray]]


def _market(families: int, places: int, wishes: int) -> Market:
    given, rng = recipe(families, places, 1), np.random.default_rng(1)
    liking = rng.gumbel(size=(families, places)) + 1.5 * rng.normal(size=places)
    return (
        given.families.to_numpy().astype(np.int64),
        given.localities.to_numpy().astype(np.int64),
        list(np.argsort(-liking, axis=1)[:, :wishes]),
        [rng.permutation(families) for _ in range(places)],
    )


def _timed(run: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    start = process_time()
    found = run()
    return process_time() - start, found


def _bench(families: int, places: int, wishes: int, *, simple: bool) -> None:
    market = _market(families, places, wishes)
    needs, capacity, wanted, _ = market
    rng = np.random.default_rng(3)
    order = rng.permutation(families)
    start = in_turn(needs, capacity, [rng.permutation(each) for each in wanted], order)
    options = {"start": start, "order": np.arange(families)}
    print(f"{families:,} families, {places} localities, {wishes} wishes")
    for name, fast, plain in (
        ("serial dictatorship", lambda: in_turn(needs, capacity, wanted, order), None),
        ("top trading", lambda: cycles(*market), None),
        (
            "top trading, endowed",
            lambda: endowed_cycles(*market, **options),
            lambda: simple_endowed_cycles(*market, **options),
        ),
        (
            "deferred acceptance",
            lambda: accepted(*market, thresholds=False),
            lambda: simple_accepted(*market, thresholds=False),
        ),
        (
            "with thresholds",
            lambda: accepted(*market, thresholds=True),
            lambda: simple_accepted(*market, thresholds=True),
        ),
    ):
        seconds, found = _timed(fast)
        line = f"  {name:22} {seconds:8.3f} s, {100 * (found >= 0).mean():5.1f} % placed"
        if simple and plain is not None:
            slow, same = _timed(plain)
            equal = "equal" if (same == found).all() else "NOT EQUAL"
            line += f"; by the definition {slow:8.2f} s, {equal}"
        print(line)


def main() -> None:
    """Print the figures."""
    _bench(150, 8, 5, simple=True)
    if "--large" in sys.argv:
        _bench(14_000, 200, 20, simple=False)


if __name__ == "__main__":
    main()
