# SPDX-License-Identifier: Apache-2.0
"""What profiles do not state, and what each value of it would give."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.decide.points._cuts import cuts_of
from keruen.decide.points._profiles import encode, missing
from keruen.decide.points._run import Columns, run_grid
from keruen.decide.points.grid import Grid, grid_on
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import Input

if TYPE_CHECKING:
    import pandas as pd

_COMBINATIONS: Final = 4096


def missing_facts(
    profiles: xr.Dataset, rules: RuleSet | Sequence[RuleSet], *, as_of: date | str
) -> pd.DataFrame:
    """What profiles do not state, and the total that each value of it would give.

    Parameters
    ----------
    profiles : Dataset [profile]
        As for :func:`score_profiles`; variables and cells may be missing.
    rules : RuleSet or sequence of RuleSet
        One rule set, or all that a system has had.
    as_of : date or str
        Day whose rules hold.

    Returns
    -------
    DataFrame
        ``profile``, ``input``, ``value``, ``low``, ``high``: the total with this value, from
        the worst to the best of what else is missing; ``exact`` is False where there is too
        much of it to try everything, and the others then stand at their first value.

    See Also
    --------
    score_profiles : Refuses such profiles.

    Notes
    -----
    Of a number each band is tried once, by the number it begins with.
    """
    import pandas as pd

    grid = grid_on(rules, as_of)
    columns, _ = encode(profiles, grid)
    lacking = missing(grid, columns)
    labels = profiles["profile"].to_numpy()
    patterns = np.array([lacking[name] for name in lacking]).T.reshape(len(labels), len(lacking))
    tables = []
    for pattern in np.unique(patterns[patterns.any(axis=1)], axis=0):
        at = np.flatnonzero((patterns == pattern).all(axis=1))
        names = [name for name, lacks in zip(lacking, pattern, strict=True) if lacks]
        part = {name: column[at] for name, column in columns.items()}
        tables.append(_each_value(grid, part, names, labels[at]))
    heads = ["profile", "input", "value", "low", "high", "exact"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=heads)


def _each_value(
    grid: Grid, columns: Columns, names: list[str], labels: NDArray[Any]
) -> pd.DataFrame:
    import pandas as pd

    options = {name: _options(grid, grid.rule_set.inputs[name]) for name in names}
    exact = math.prod(len(one) for one in options.values()) <= _COMBINATIONS
    sets = list(itertools.product(*(range(len(one)) for one in options.values())))
    if not exact:
        sets = [
            tuple(at if name == tried else 0 for name in names)
            for tried in names
            for at in range(len(options[tried]))
        ]
    totals = []
    for chosen in sets:
        given = {
            name: np.full_like(columns[name], options[name][at][0])
            for name, at in zip(names, chosen, strict=True)
        }
        totals.append(run_grid(grid, {**columns, **given}).total)
    whole = np.array(totals)
    rows = []
    for place, name in enumerate(names):
        for at, (_, shown) in enumerate(options[name]):
            here = whole[[chosen[place] == at for chosen in sets]]
            rows.append(
                pd.DataFrame(
                    {
                        "profile": labels, "input": name, "value": shown,
                        "low": here.min(axis=0), "high": here.max(axis=0), "exact": exact,
                    }
                )
            )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _options(grid: Grid, one: Input) -> list[tuple[float, str]]:
    """Codes of a choice; of a number one for each band."""
    if one.codes:
        return [(at, code) for at, code in enumerate(one.codes)]
    cuts = [
        cut
        for cut in cuts_of(grid, one.name)
        if (one.low is None or cut > one.low) and (one.high is None or cut <= one.high)
    ]
    lowest = one.low if one.low is not None else (cuts[0] - 1 if cuts else 0.0)
    return [(value, f"{value:g}") for value in (lowest, *cuts)]
