# SPDX-License-Identifier: Apache-2.0
"""Placebos and checks of a synthetic control, and the tables that show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.decide.evaluate._conformal import conformal
from keruen.decide.evaluate._simplex import TOLERANCE, certificate, is_unique
from keruen.decide.evaluate._synthetic_fits import Fitted, Weigh, fit
from keruen.decide.evaluate.result import Check

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.evaluate._synthetic_panel import Panel

GOOD_FIT: Final = 0.8
"""Least share of the variation before the policy that the synthetic path explains."""

_CALM: Final = 0.1  # a policy date that was never one should not stand out at this level
_COUNTS: Final = 1e-3  # weights below it change nothing that is shown
_LEAST_BEFORE: Final = 2
_FEW: Final = 2  # the unit and one donor: no ranks


@dataclass(frozen=True)
class Placebos:
    """Every donor as if it were treated, the real one first."""

    fits: tuple[Fitted, ...]

    @property
    def ratios(self) -> np.ndarray:
        """Error after over error before, of each."""
        return np.array([one.ratio for one in self.fits])

    @property
    def effects(self) -> np.ndarray:
        """Mean gap since the policy, of each."""
        return np.array([one.effect for one in self.fits])

    def p_value(self, values: np.ndarray) -> float:
        """Rank of the first among all, the largest being first, as a share."""
        return float((values >= values[0] * (1 - 1e-12)).mean())


def placebos(panel: Panel, outcomes: np.ndarray, before: int, weigh: Weigh) -> Placebos:
    """Synthetic controls of the treated unit and of every donor from the other donors."""
    pool = panel.donors
    fits = [fit(outcomes, panel.treated, pool, before, weigh)]
    if len(pool) > 1:
        fits += [fit(outcomes, int(one), pool[pool != one], before, weigh) for one in pool]
    return Placebos(tuple(fits))


def path_table(panel: Panel, found: Fitted, weigh: Weigh | None, level: float) -> pd.DataFrame:
    """Treated and synthetic by year, with the interval of each year since."""
    import pandas as pd

    actual = panel.outcomes[:, panel.treated]
    table = pd.DataFrame(
        {
            "year": panel.years,
            "treated": actual,
            "synthetic": actual - found.gap,
            "gap": found.gap,
            "low": np.nan,
            "high": np.nan,
        }
    )
    if weigh is None:
        return table
    for at in range(panel.before, len(panel.years)):
        rows = np.r_[np.arange(panel.before), at]
        ends = conformal(
            panel.outcomes[rows], panel.treated, panel.donors, panel.before,
            weigh=weigh, guess=float(found.gap[at]), level=level,
        )  # fmt: skip
        table.loc[at, ["low", "high"]] = ends
    return table


def placebo_tables(panel: Panel, space: Placebos) -> dict[str, pd.DataFrame]:
    """Errors and effects of every placebo, and their gaps by year."""
    import pandas as pd

    codes = [panel.treated, *panel.donors][: len(space.fits)]
    names = [panel.units[code] for code in codes]
    errors = np.array([one.errors for one in space.fits])
    table = pd.DataFrame(
        {
            panel.dim: names,
            "treated": [True] + [False] * (len(names) - 1),
            "error_before": errors[:, 0],
            "error_after": errors[:, 1],
            "ratio": space.ratios,
            "effect": space.effects,
        }
    )
    table["rank"] = table["ratio"].rank(ascending=False, method="max").astype(int)
    gaps = pd.DataFrame(
        {
            "year": np.tile(panel.years, len(names)),
            panel.dim: np.repeat(names, len(panel.years)),
            "gap": np.concatenate([one.gap for one in space.fits]),
        }
    )
    return {"placebos": table.sort_values("rank", ignore_index=True), "placebo_gaps": gaps}


def left_out_table(panel: Panel, found: Fitted, weigh: Weigh) -> pd.DataFrame:
    """The effect without each donor that counts."""
    import pandas as pd

    rows = []
    for donor, weight in zip(panel.donors, found.weights, strict=True):
        if abs(weight) > _COUNTS and len(panel.donors) > 1:
            pool = panel.donors[panel.donors != donor]
            again = fit(panel.outcomes, panel.treated, pool, panel.before, weigh)
            rows.append((panel.units[donor], float(weight), again.effect, again.errors[0]))
    names = pd.Index(["without", "weight", "effect", "error_before"])
    return pd.DataFrame(rows, columns=names)


def weights_table(panel: Panel, found: Fitted) -> pd.DataFrame:
    """Weights of donors, the largest first."""
    import pandas as pd

    table = pd.DataFrame(
        {panel.dim: [panel.units[one] for one in panel.donors], "weight": found.weights}
    )
    return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def earlier_date(panel: Panel, weigh: Weigh) -> tuple[int, Placebos] | None:
    """Placebos of a date two thirds into the years before, when there was no policy."""
    before = panel.before - max(1, panel.before // 3)
    if before < _LEAST_BEFORE:
        return None
    return before, placebos(panel, panel.outcomes[: panel.before], before, weigh)


def checks(
    panel: Panel, space: Placebos, time: tuple[int, Placebos] | None, left_out: pd.DataFrame
) -> tuple[Check, ...]:
    """What could break the assumption, or the number."""
    found = space.fits[0]
    actual = panel.outcomes[: panel.before, panel.treated]
    around = float(((actual - actual.mean()) ** 2).sum())
    missed = float((found.gap[: panel.before] ** 2).sum())
    explained = 1.0 - missed / around if around else float(missed == 0) or -np.inf
    listed = [Check("pre_fit", explained >= GOOD_FIT, explained, GOOD_FIT)]
    if time is not None and len(time[1].fits) * _CALM >= 1:
        p = time[1].p_value(time[1].ratios)
        year = str(panel.years[time[0]])
        listed.append(Check("placebo_date", p > _CALM, p, _CALM, where=year))
    if len(left_out):
        away = (left_out["effect"] - found.effect).abs()
        worst = left_out.iloc[int(away.argmax())]
        same = bool((np.sign(left_out["effect"]) == np.sign(found.effect)).all())
        listed.append(
            Check("one_donor_out", same, float(worst["effect"]), 0.0, where=worst["without"])
        )
    if len(space.fits) > _FEW:
        listed.append(Check("placebo_gap", None, space.p_value(np.abs(space.effects))))
    squares = float((found.weights**2).sum())
    listed.append(Check("effective_donors", None, 1.0 / squares))
    return tuple(listed)


def donor_check(panel: Panel, level: float) -> Check:
    """Whether there are enough placebos for a rank as rare as the level asks."""
    need = np.ceil(round(1.0 / (1.0 - level), 9)) - 1
    return Check("enough_donors", bool(len(panel.donors) >= need), len(panel.donors), need)


def solver_checks(panel: Panel, found: Fitted, rows: np.ndarray | None) -> tuple[Check, ...]:
    """That the mix nearest in some rows was found, and that it is the only one."""
    if rows is None:
        return ()
    donors, target = rows[:, panel.donors], rows[:, panel.treated]
    gap = certificate(donors, target, found.weights)
    alone = is_unique(donors, target, found.weights)
    return (
        Check("nearest_mix", gap <= TOLERANCE, gap, TOLERANCE),
        Check("one_mix", alone, float(alone)),
    )
