# SPDX-License-Identifier: Apache-2.0
"""Factors of senders and receivers: which cells tell of them, and what to do with the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import ConvergenceError, SchemaError
from keruen.measure import _double_entry as kernel
from keruen.measure._checks import Floats, Mask, cells_where
from keruen.measure._harmonised import Rule, both_reports, choose, contradicting, one_report
from keruen.measure._report_layout import Layout


@dataclass(frozen=True)
class Solution:
    """Factors ``(g, 2n)``, senders first, and what they were found from."""

    reports: kernel.Reports
    reference: int
    factors: Floats
    spread: Floats
    objective: Floats
    disagreement: Floats
    aside: Mask
    why: NDArray[np.object_]

    @property
    def errors(self) -> Floats:
        """Standard errors of the factors."""
        variance = np.einsum("gii->gi", self.spread)
        found: Floats = np.where(np.isnan(self.factors), np.nan, np.sqrt(variance))
        return found

    def flows(self, rule: Rule, level: float) -> tuple[Floats, Floats, Floats, NDArray[np.object_]]:
        """Value, ends of the interval and basis of each cell."""
        given = (self.reports, self.factors, self.spread, np.nan_to_num(self.disagreement), level)
        mean = both_reports(*given)
        arrivals = one_report(*given, arrivals=True)
        departures = one_report(*given, arrivals=False)
        I, E = np.isfinite(self.reports.I), np.isfinite(self.reports.E)  # noqa: E741
        own = np.broadcast_to(np.eye(I.shape[-1], dtype=bool), I.shape)
        nobody = (np.zeros(I.shape),) * 3
        cases: list[tuple[str, Mask, tuple[Floats, Floats, Floats]]] = [
            ("diagonal", own, nobody),
            ("set_aside", self.aside, contradicting(arrivals, departures, mean, rule, level)),
            ("both", I & E, (mean.value, *mean.interval(level))),
            ("by_destination", I, (arrivals.value, *arrivals.interval(level))),
            ("by_origin", E, (departures.value, *departures.interval(level))),
        ]
        masks = [mask for _, mask, _ in cases]
        value, lower, upper = choose(masks, [found for _, _, found in cases])
        names = [np.full(I.shape, name, dtype=object) for name, _, _ in cases]
        basis = np.select(masks, names, default=np.array("missing", dtype=object))
        return value, lower, upper, basis


def solve(
    layout: Layout,
    weight: Floats,
    *,
    reference: str | None,
    max_ratio: float,
    max_residual: float,
    keep_unlinked: bool,
    ridge: float,
) -> Solution:
    """Factors from the cells that can be compared, twice: without outliers the second time."""
    I, E = layout.I, layout.E  # noqa: E741
    both, extreme = kernel.comparable(I, E, max_ratio)
    sums = np.where(both, I + E, 1.0)
    w = np.where(both & ~extreme, weight / sums, 0.0)
    place = _reference(layout, w > 0, reference)
    free = kernel.linked(w > 0, place)
    reports = kernel.Reports(I, E, w, layout.size_I, layout.size_E)
    x, M, moving = _factors(reports, free, place, ridge)
    far = kernel.residuals_beyond(reports, x, moving.sum(axis=1), max_residual)
    if far.any():
        far &= ~_lifelines(w, far, free, place)
        reports = kernel.Reports(I, E, np.where(far, 0.0, w), layout.size_I, layout.size_E)
        x, M, moving = _factors(reports, free, place, ridge)
    parameters = moving.sum(axis=1)
    tau = kernel.disagreement(reports, x, parameters)
    variance = kernel.gap_variance(reports, x, np.nan_to_num(tau))
    spread = kernel.covariance(reports, M, moving, variance)
    x, spread = _unlinked(layout, x, spread, free, keep=keep_unlinked)
    gap = np.where(reports.used, np.subtract(*kernel.adjusted(reports, x)), 0.0)
    why = np.where(extreme, f"reports differ by more than a factor of {max_ratio:g}", "")
    why = np.where(far, f"residual beyond {max_residual:g} robust standard deviations", why)
    return Solution(
        reports=reports,
        reference=place,
        factors=x,
        spread=spread,
        objective=(reports.w * gap**2).sum(axis=(1, 2, 3)),
        disagreement=tau,
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
        place = int(layout.places.get_loc(reference))
    else:
        place = int(np.argmax(compared))
    alone = ~used[..., place].any(axis=(1, 2))
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


def _factors(
    reports: kernel.Reports, free: Mask, place: int, ridge: float
) -> tuple[Floats, Floats, Mask]:
    """Factors, the matrix that their errors come from, and which of them were estimated."""
    M = kernel.quadratic(reports, reports.w)
    x, settled = kernel.factors(M, free, place, ridge)
    if not settled:
        raise ConvergenceError(
            "the factors did not settle",
            where="ridge",
            remedy="give a larger ridge, or none",
            id="NotConverged",
        )
    n = M.shape[-1] // 2
    moving = free.copy()
    moving[:, n + place] = False
    known = np.where(np.isnan(x), 1.0, x)
    M = M.copy()
    M[:, np.arange(n, 2 * n), np.arange(n, 2 * n)] += ridge / known[:, n:] ** 2
    return x, M, moving


def _lifelines(w: Floats, far: Mask, free: Mask, place: int) -> Mask:
    """Outlying cells that stay in use, because a country would lose its tie without them."""
    n = w.shape[-1]
    lost = free & ~kernel.linked((w > 0) & ~far, place)
    return np.asarray(lost[:, None, :n, None] | lost[:, None, None, n:])


def _unlinked(
    layout: Layout, x: Floats, spread: Floats, free: Mask, *, keep: bool
) -> tuple[Floats, Floats]:
    """Factors of reports that nothing ties to the reference: refused, or 1 with a wide error."""
    off = ~np.eye(len(layout.places), dtype=bool)
    senders = (np.isfinite(layout.E) & off).any(axis=(1, 3))
    receivers = (np.isfinite(layout.I) & off).any(axis=(1, 2))
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
