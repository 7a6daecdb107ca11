# SPDX-License-Identifier: Apache-2.0
"""How fast chances of work are learned and given.

Run: python tests/speed/bench_employment.py [--large]. Made-up placements of the tests. With
--large: 30,000 past placements in 200 localities, chances of 28,000 persons in each.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

from employment_cases import past_placements
from keruen.decide.employment_model import family_score


def _bench(past: int, new: int, places: int) -> None:
    known, later = past_placements(past, places, 1), past_placements(new, places, 2, first=past)
    start = process_time()
    model = known.fit()
    fitted = process_time()
    chance = model.chance(later.features)
    given = process_time()
    family = xr.DataArray((np.arange(new) // 2).astype(str), {"person": chance["person"]})
    family_score(chance, family, outcome="expected_workers")
    scored = process_time()
    row = model.report.iloc[0]
    print(
        f"{past:,} placements in {places} localities: learned in {fitted - start:.1f} s, "
        f"skill {row['skill']:.3f}, slope {row['slope']:.2f}\n"
        f"  chances of {new:,} persons in {given - fitted:.1f} s, mean error "
        f"{float(abs(chance - later.chance).mean()):.3f}; families in {scored - given:.2f} s"
    )


def main() -> None:
    """Print the figures."""
    _bench(6_000, 2_000, 8)
    if "--large" in sys.argv:
        _bench(30_000, 28_000, 200)


if __name__ == "__main__":
    main()
