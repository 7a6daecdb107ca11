# SPDX-License-Identifier: Apache-2.0
"""Provisional figures of one vintage after another, from counts of crossings as then known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.random import stream
from keruen.measure._propensity import Coder, Fitted, Model, fit
from keruen.measure._snapshots import KNOWN, OPEN, UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

Reals = NDArray[np.float64]

_EARLY_MONTHS: Final = 4
_ALMOST: Final = 0.95
"""Share of a month's crossings with answers from which these may be used in training."""
_BLOCK: Final = 3
"""Months that stay together in the bootstrap."""
_DRAWS: Final = 1000
"""Simulated sums of a vintage, shared among the refits."""
_TAIL: Final = 0.025
_FEWEST: Final = 1e-3


@dataclass(frozen=True)
class Plan:
    """What is estimated, and how."""

    horizon: int
    training: int
    refit_every: int
    refits: int
    models: tuple[Model, ...]
    texts: tuple[str, ...]
    by: tuple[str, ...]
    seed: int

    @property
    def cell(self) -> list[str]:
        """What tells the figures of a vintage apart."""
        return ["elapsed", "direction", *self.by]


def prepared(counts: pd.DataFrame, first: int) -> pd.DataFrame:
    """Counts of months that are published, with months elapsed and calendar month."""
    rows = counts[counts["month"] >= first].copy()
    rows["elapsed"] = rows["vintage"] - rows["month"]
    rows["season"] = rows["month"] % 12
    return rows


def training_rows(rows: pd.DataFrame, vintage: int, plan: Plan) -> pd.DataFrame:
    """Open crossings of the past whose answers were known at a vintage, with weights.

    Those of months that are all final, and of the four months after them if almost final. In
    these, answers that come late are lacking: each one present stands for as many as in final
    months of the same answer and age.
    """
    import pandas as pd

    was_open = (rows["counts"] == OPEN) & (rows["outcome"] != UNKNOWN)
    last = vintage - plan.horizon
    known = was_open & (rows["month"] <= last) & (rows["month"] > last - plan.training)
    final = rows[known].assign(weight=lambda part: part["crossings"].astype(float))
    parts = [final]
    early = rows[
        was_open
        & (rows["month"] > last)
        & (rows["month"] <= last + _EARLY_MONTHS)
        & (rows["vintage"] < vintage)
    ]
    for month in np.unique(early["month"].to_numpy()):
        age = vintage - int(month)
        part = early[early["month"] == month]
        present = part[part["final_after"] <= age]
        parts.append(_reweighted(present, final, age))
    return pd.concat([part for part in parts if len(part)])


def _reweighted(present: pd.DataFrame, final: pd.DataFrame, age: int) -> pd.DataFrame:
    """Crossings of an almost final month, weighted by the inverse chance to be final by now."""
    keys = ["direction", "elapsed", "outcome"]
    by_then = final["crossings"].where(final["final_after"] <= age, 0)
    share = (
        final.assign(by_then=by_then).groupby(keys)[["by_then", "crossings"]].sum().reset_index()
    )
    total = share.groupby(keys[:2])[["by_then", "crossings"]].transform("sum")
    almost = total["by_then"] >= _ALMOST * total["crossings"]
    share = share[almost & (share["by_then"] > 0)]
    share = share.assign(inverse=share["crossings"] / share["by_then"])
    found = present.merge(share[[*keys, "inverse"]], on=keys)
    return found.assign(weight=found["crossings"] * found["inverse"]).drop(columns="inverse")


@dataclass(frozen=True)
class _Fits:
    """A model fitted once to all months and again to resampled ones."""

    point: Fitted
    again: list[Fitted]


def _fits(model: Model, rows: pd.DataFrame, plan: Plan, vintage: int) -> _Fits:
    rng = stream(plan.seed, "provisional", model, vintage, "fit")
    coder = Coder.of(rows, plan.texts)
    point = fit(model, rows, coder, seed=int(rng.integers(2**31)))
    again = []
    for _ in range(plan.refits):
        weight = rows["weight"].to_numpy() * _resampled(rng, rows["month"].to_numpy())
        kept = weight > 0
        part = rows[kept].assign(weight=weight[kept])
        seed = int(rng.integers(2**31))
        again.append(fit(model, part, coder, seed=seed, calibration=point.calibration))
    return _Fits(point, again)


def _resampled(rng: np.random.Generator, month: NDArray[Any]) -> NDArray[np.int64]:
    """How often each row's month is drawn, in blocks of months drawn with replacement."""
    first, size = int(month.min()), int(month.max() - month.min()) + 1
    starts = rng.integers(0, size, -(-size // _BLOCK))
    drawn = ((starts[:, None] + np.arange(_BLOCK)) % size).ravel()[:size]
    times: NDArray[np.int64] = np.bincount(drawn, minlength=size)[month - first]
    return times


def estimate(rows: pd.DataFrame, vintages: Sequence[int], plan: Plan) -> pd.DataFrame:
    """Figures of every model, vintage and cell: known, expected, interval and variance."""
    import pandas as pd

    figures = []
    fits: Mapping[Model, _Fits] = {}
    for number, vintage in enumerate(vintages):
        # Counted from the last vintage, which always gets a fresh fit.
        if number == 0 or (len(vintages) - 1 - number) % plan.refit_every == 0:
            learned = training_rows(rows, vintage, plan)
            fits = {model: _fits(model, learned, plan, vintage) for model in plan.models}
        now = rows[(rows["vintage"] == vintage) & (rows["elapsed"] <= plan.horizon)]
        waiting = now[(now["counts"] == OPEN) & (now["elapsed"] < plan.horizon)]
        known = now[now["counts"] == KNOWN].groupby(plan.cell)["crossings"].sum()
        for model in plan.models:
            rng = stream(plan.seed, "provisional", model, vintage, "sums")
            table = _figures(rng, waiting, known, fits[model], plan)
            figures.append(table.assign(method=model, vintage=vintage))
    return pd.concat(figures, ignore_index=True)


def _figures(
    rng: np.random.Generator, waiting: pd.DataFrame, known: pd.Series, fits: _Fits, plan: Plan
) -> pd.DataFrame:
    """Figures of one vintage by one model."""
    import pandas as pd

    number = waiting["crossings"].to_numpy(float)
    chances = np.stack([each.chance(waiting) for each in (fits.point, *fits.again)])
    sums = waiting[plan.cell].assign(open=number)
    for place, chance in enumerate(chances):
        sums[f"m{place}"] = number * chance
        sums[f"v{place}"] = number * chance * (1 - chance)
    cells = sums.groupby(plan.cell).sum()
    cells = cells.reindex(cells.index.union(known.index), fill_value=0.0)
    mean = cells[[f"m{place}" for place in range(len(chances))]].to_numpy().T
    variance = cells[[f"v{place}" for place in range(len(chances))]].to_numpy().T
    point, spread = mean[0], variance[0]
    if len(chances) > 1:
        around = np.maximum(mean[1:] - mean[1:].mean(axis=0) + point, 0.0)
        draws = _sums(rng, around, np.minimum(variance[1:], around))
        spread = spread + mean[1:].var(axis=0, ddof=1) if len(chances) > 2 else spread
    else:
        draws = _sums(rng, mean, variance)
    have = known.reindex(cells.index, fill_value=0).to_numpy(float)
    lower, upper = np.quantile(draws, [_TAIL, 1 - _TAIL], axis=0, method="inverted_cdf")
    at_lower, at_upper = _at_bounds(draws, lower, upper)
    # Sums are whole: where nearly none is expected they may all lie on one side of the mean.
    lower, upper = np.minimum(lower, point), np.maximum(upper, point)
    figures = {"known": have, "open": cells["open"].to_numpy(), "estimate": have + point}
    figures |= {"lower": have + lower, "upper": have + upper, "variance": spread}
    figures |= {"at_lower": at_lower, "at_upper": at_upper}
    return pd.DataFrame(figures, index=cells.index).reset_index()


def _at_bounds(draws: NDArray[np.int64], lower: Reals, upper: Reals) -> tuple[Reals, Reals]:
    """What a sum equal to a bound counts, so that 95 percent are expected inside.

    Sums are whole numbers: an interval with both bounds holds more than it should, the more
    so the smaller the sums. Of a bound only that part of its chance counts that is needed.
    """
    at_lower, at_upper = (draws == lower).mean(0), (draws == upper).mean(0)
    low = ((draws <= lower).mean(0) - _TAIL) / at_lower
    high = ((draws >= upper).mean(0) - _TAIL) / at_upper
    both = (1 - 2 * _TAIL) / at_lower
    return np.where(lower == upper, both, low), np.where(lower == upper, both, high)


def _sums(rng: np.random.Generator, mean: Reals, variance: Reals) -> NDArray[np.int64]:
    """Simulated numbers of migrations [draw, cell] for each [refit, cell].

    A sum of unequal chances is close to a binomial variate of the same mean and variance.
    """
    below = 1 - np.divide(variance, mean, out=np.ones_like(mean), where=mean > 0)
    rare = below < _FEWEST
    trials = np.ceil(mean / np.where(rare, 1.0, below)).astype(np.int64)
    chance = np.divide(mean, trials, out=np.zeros_like(mean), where=trials > 0)
    size = (-(-_DRAWS // len(mean)), *mean.shape)
    drawn = np.where(
        rare, rng.poisson(mean, size), rng.binomial(trials, np.minimum(chance, 1.0), size)
    )
    return drawn.reshape(-1, mean.shape[1])
