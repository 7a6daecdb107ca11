# SPDX-License-Identifier: Apache-2.0
"""Checks of a regression discontinuity, and the tables that show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.decide.evaluate._density import density_jump
from keruen.decide.evaluate.result import Check

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.evaluate._local_linear import Side

_BINS: Final = 20  # a side, for the picture
_CALM: Final = 0.05


@dataclass(frozen=True)
class Jump:
    """A jump at the cut-off with its interval."""

    estimate: float
    low: float
    high: float
    error: float
    p_value: float
    width: float
    observations: tuple[int, int]
    noted: Mapping[str, object] = field(default_factory=dict)

    def sides(self) -> pd.DataFrame:
        """Bandwidth and cases within it, by side."""
        import pandas as pd

        return pd.DataFrame(
            {
                "side": ["below", "above"],
                "bandwidth": [self.width] * 2,
                "cases": list(self.observations),
            }
        )


def path_table(jump: Jump, others: Iterable[Jump], by: str) -> pd.DataFrame:
    """The jump by bandwidth or by curvature, the chosen one marked."""
    import pandas as pd

    rows = [
        {
            **({by: one.noted[by]} if by in one.noted else {}),
            "bandwidth": one.width,
            "effect": one.estimate,
            "low": one.low,
            "high": one.high,
            "cases": sum(one.observations),
            "chosen": one is jump,
        }
        for one in (jump, *others)
    ]
    return pd.DataFrame(rows).sort_values(by, ignore_index=True)


def balance_table(found: Mapping[str, Jump], names: tuple[str, ...]) -> pd.DataFrame:
    """The jump of every covariate; missing where it cannot be estimated."""
    import pandas as pd

    rows = [
        (name, one.estimate, one.low, one.high, one.p_value)
        if (one := found.get(name)) is not None
        else (name, *[np.nan] * 4)
        for name in names
    ]
    columns = pd.Index(["covariate", "effect", "low", "high", "p_value"])
    return pd.DataFrame(rows, columns=columns)


def bins_table(left: Side, right: Side, cutoff: float) -> pd.DataFrame:
    """Mean outcome by equal stretches of the running variable, or by its values if few."""
    import pandas as pd

    parts = []
    for name, (x, y) in (("below", left), ("above", right)):
        values = np.unique(x)
        if len(values) <= _BINS:
            at, middles = np.searchsorted(values, x), values
        else:
            edges = np.linspace(x.min(), x.max(), _BINS + 1)
            at = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, _BINS - 1)
            middles = 0.5 * (edges[1:] + edges[:-1])
        counts = np.bincount(at, minlength=len(middles))
        sums = np.bincount(at, weights=y, minlength=len(middles))
        held = counts > 0
        parts.append(
            pd.DataFrame(
                {
                    "side": name,
                    "running": middles[held] + cutoff,
                    "outcome": sums[held] / counts[held],
                    "cases": counts[held],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def jump_checks(
    left: Side,
    right: Side,
    path: pd.DataFrame,
    balance: pd.DataFrame | None,
    *,
    by: str,
    need: int,
) -> tuple[Check, ...]:
    """What could break the assumption, or the number."""
    from scipy.special import ndtr

    distinct = min(len(np.unique(side[0])) for side in (left, right))
    smooth = distinct >= need
    checks = [Check("distinct_values", smooth, distinct, need)]
    if smooth:
        jump, error = density_jump(np.concatenate([left[0], right[0]]))
        p = 2.0 * float(ndtr(-abs(jump) / error)) if np.isfinite(jump) else float("nan")
        checks.append(Check("density", p > _CALM if np.isfinite(p) else None, p, _CALM))
    else:
        checks.append(Check("density", None, float("nan"), _CALM))
    chosen = path[path["chosen"]].iloc[0]
    inside = path["effect"].between(chosen["low"], chosen["high"])
    checks.append(Check(f"{by}_path", bool(inside.all()), float(inside.mean()), 1.0))
    if balance is not None:
        # As many tests as covariates: each is held to its part of the five percent.
        limit = _CALM / len(balance)
        checks += [
            Check("balance", p > limit if np.isfinite(p) else None, p, limit, where=name)
            for name, p in zip(balance["covariate"], balance["p_value"], strict=True)
        ]
    return tuple(checks)
