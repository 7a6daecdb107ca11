# SPDX-License-Identifier: Apache-2.0
"""Factors of senders and receivers: which cells tell of them, and what to do with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import ConvergenceError, SchemaError
from keruen.measure import _double_entry as kernel
from keruen.measure._checks import Floats, Mask, cells_where
from keruen.measure._factor_methods import Estimate, FactorMethod, log_ratio, poulain
from keruen.measure._harmonised import Rule, both_reports, choose, contradicting, one_report
from keruen.measure._report_layout import Layout
from keruen.measure._threads import one_thread

_MANY: Final = 0.1  # share of pairs set aside from which on a reader is told


@dataclass(frozen=True)
class Solution:
    """Factors ``(g, 2n)``, senders first, and what they were found from."""

    reports: kernel.Reports
    reference: int
    factors: Floats
    spread: Floats
    objective: Floats
    disagreement: Floats
    spare: Floats
    aside: Mask
    why: NDArray[np.object_]

    @property
    def errors(self) -> Floats:
        """Standard errors of the factors."""
        variance = np.einsum("gii->gi", self.spread)
        found: Floats = np.where(np.isnan(self.factors), np.nan, np.sqrt(variance))
        return found

    def _reach(self, level: float) -> Floats:
        """Half width of an interval in standard deviations: Student's t of the spare cells.

        The disagreement is known from no more cells than there are beyond the factors;
        without any, no interval is known.
        """
        from scipy.special import stdtrit

        spare = np.where(self.spare > 0, self.spare, np.nan)
        found: Floats = stdtrit(spare, 0.5 + level / 2)[:, None, None, None]
        return found

    def flows(self, rule: Rule, level: float) -> tuple[Floats, Floats, Floats, NDArray[np.object_]]:
        """Value, ends of the interval and basis of each cell."""
        given = (self.reports, self.factors, self.spread, np.nan_to_num(self.disagreement), level)
        reach = self._reach(level)
        mean = both_reports(*given)
        arrivals = one_report(*given, arrivals=True)
        departures = one_report(*given, arrivals=False)
        R, S = np.isfinite(self.reports.R), np.isfinite(self.reports.S)
        own = np.broadcast_to(np.eye(R.shape[-1], dtype=bool), R.shape)
        nobody = (np.zeros(R.shape),) * 3
        cases: list[tuple[str, Mask, tuple[Floats, Floats, Floats]]] = [
            ("diagonal", own, nobody),
            ("set_aside", self.aside, contradicting(arrivals, departures, mean, rule, reach)),
            ("both", R & S, (mean.value, *mean.interval(reach))),
            ("by_destination", R, (arrivals.value, *arrivals.interval(reach))),
            ("by_origin", S, (departures.value, *departures.interval(reach))),
        ]
        masks = [mask for _, mask, _ in cases]
        value, lower, upper = choose(masks, [found for _, _, found in cases])
        names = [np.full(R.shape, name, dtype=object) for name, _, _ in cases]
        basis = np.select(masks, names, default=np.array("missing", dtype=object))
        return value, lower, upper, basis

    def warnings(self, method: FactorMethod, *, named: bool) -> tuple[str, ...]:
        """What a reader must know; ``named`` says whether a reference was."""
        compared, aside = int(self.reports.used.sum()), int(self.aside.sum())
        found = {
            "no reference was named: the level of all flows rests on the receiver that could be"
            " compared most": not named,
            "factors by Poulain's squares are too low when reports have errors; use 'log_ratio'": (
                method == "poulain" and bool((self.disagreement > 0).any())
            ),
            "no intervals where there are no more cells than factors": bool(
                (self.spare <= 0).any()
            ),
            f"{aside} of {aside + compared} pairs of reports contradict each other": (
                aside > _MANY * (aside + compared)
            ),
        }
        return tuple(text for text, holds in found.items() if holds)


def solve(
    layout: Layout,
    weight: Floats,
    *,
    method: FactorMethod,
    reference: str | None,
    max_ratio: float,
    max_residual: float,
    keep_unlinked: bool,
    ridge: float,
) -> Solution:
    """Factors from the cells that can be compared, twice: without outliers the second time."""
    both, extreme = kernel.comparable(layout.R, layout.S, max_ratio)
    weight = np.where(both & ~extreme, weight, 0.0)
    place = _reference(layout, weight > 0, reference)
    free = kernel.linked(weight > 0, place)
    n = len(layout.places)  # cells that nothing ties to the reference say nothing of its level
    weight = np.where(free[:, None, :n, None] & free[:, None, None, n:], weight, 0.0)
    estimate = poulain if method == "poulain" else log_ratio

    def from_cells(weight: Floats) -> tuple[kernel.Reports, Estimate]:
        reports = kernel.Reports(layout.R, layout.S, weight, layout.size_r, layout.size_s)
        with one_thread():
            return reports, estimate(reports, free, place, ridge)

    reports, found = from_cells(weight)
    far = kernel.beyond(found.misfit, reports.used, found.parameters, max_residual)
    if far.any():
        far &= ~_lifelines(weight, far, free, place)
        reports, found = from_cells(np.where(far, 0.0, weight))
    x, spread = _unlinked(layout, found.x, found.spread, free, keep=keep_unlinked)
    why = np.where(extreme, f"reports differ by more than a factor of {max_ratio:g}", "")
    why = np.where(far, f"residual beyond {max_residual:g} robust standard deviations", why)
    return Solution(
        reports=reports,
        reference=place,
        factors=x,
        spread=spread,
        objective=found.objective,
        disagreement=found.tau,
        spare=reports.used.sum(axis=(1, 2, 3)) - found.parameters,
        aside=extreme | far,
        why=why.astype(object),
    )


def _reference(layout: Layout, used: Mask, reference: str | None) -> int:
    """Place of the reference; the receiver that can be compared most when none is named."""
    compared = used.sum(axis=(0, 1, 2))
    if reference is not None:
        if reference not in layout.places:
            raise SchemaError(
                f"the reference '{reference}' is not among the countries",
                where=f"countries: {', '.join(map(str, layout.places[:5]))} ...",
                remedy="name one of them",
                id="BadReference",
            )
        place = list(layout.places).index(reference)
    else:
        place = int(np.argmax(compared))
    alone = np.asarray(~used[..., place].any(axis=(1, 2)))
    if alone.any():
        name = layout.places[place]
        raise ConvergenceError(
            f"no arrivals reported by the reference '{name}' can be compared",
            where=cells_where(layout.per_group(alone), layout.per_group(alone).to_numpy())
            or "the only table",
            remedy="name a reference whose partners report departures to it",
            id="Unidentified",
        )
    return place


def _lifelines(weight: Floats, far: Mask, free: Mask, place: int) -> Mask:
    """Outlying cells that stay in use, because a country would lose its tie without them."""
    n = weight.shape[-1]
    lost = free & ~kernel.linked((weight > 0) & ~far, place)
    return np.asarray(lost[:, None, :n, None] | lost[:, None, None, n:])


def _unlinked(
    layout: Layout, x: Floats, spread: Floats, free: Mask, *, keep: bool
) -> tuple[Floats, Floats]:
    """Factors of reports that nothing ties to the reference: refused, or 1 with a wide error."""
    off = ~np.eye(len(layout.places), dtype=bool)
    senders = (np.isfinite(layout.S) & off).any(axis=(1, 3))
    receivers = (np.isfinite(layout.R) & off).any(axis=(1, 2))
    adrift = np.concatenate([senders, receivers], axis=1) & ~free
    if not adrift.any():
        return x, spread
    if not keep:
        named = layout.per_report(adrift)
        raise ConvergenceError(
            "no chain of comparisons ties these reports to the reference",
            where=cells_where(named, named.to_numpy()),
            remedy="leave them out, raise max_ratio, pool years, or say unlinked='keep'",
            id="Unidentified",
        )
    logs = np.where(free, np.log(np.where(free, x, 1.0)), np.nan)
    spread = spread.copy()
    groups, place = np.nonzero(adrift)
    spread[groups, place, place] = np.nanvar(logs, axis=1)[groups]
    return np.where(adrift, 1.0, x), spread
