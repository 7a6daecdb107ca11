# SPDX-License-Identifier: Apache-2.0
"""How far the flows that a country reports fall short of what trusted partners report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.core.random import stream
from keruen.measure._checks import Floats, Mask, missing_reason, over
from keruen.measure._report_layout import Layout, lay_out
from keruen.measure._tables import table_of
from keruen.measure.definitions import DurationTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UndercountRatio", "undercount_ratio"]


@dataclass(frozen=True)
class UndercountRatio:
    """Reports of each country against those of trusted partners on the same flows.

    Parameters
    ----------
    ratio : DataArray [report, country, ...]
        Below 1 the country counts fewer than its partners; missing without overlap.
    lower, upper : DataArray [report, country, ...]
        Interval from drawing each report.
    partners : DataArray [report, country, ...]
        Number of trusted partners that could be compared.
    """

    ratio: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    partners: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a country and report."""
        return table_of(self)


def undercount_ratio(
    by_origin: xr.DataArray,
    by_destination: xr.DataArray,
    *,
    trusted: Sequence[str],
    definitions: xr.DataArray | None = None,
    table: DurationTable = "imem",
    draws: int = 100_000,
    level: float = 0.95,
    seed: int = 0,
) -> UndercountRatio:
    """Ratio of a country's reports to those of trusted partners on the same flows.

    Parameters
    ----------
    by_origin : DataArray [..., origin, destination], persons
        Departures as reported by the country of origin; missing where it does not report.
    by_destination : DataArray [..., origin, destination], persons
        Arrivals as reported by the country of destination; missing where it does not.
    trusted : sequence of str
        Countries whose registers are good; a country is not compared with itself.
    definitions : DataArray [report, country, ...], months, optional
        As for :func:`harmonise_reports`.
    table : {"imem", "expert", "poisson", "mixture"}, optional
        Duration factors, see :func:`duration_factors`.
    draws : int, optional
        Number of draws for the interval.
    level : float, optional
        Probability that the interval covers.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    UndercountRatio

    Raises
    ------
    SchemaError
        The tables are not square, or a trusted country is not among them; otherwise as for
        :func:`harmonise_reports`.
    CoverageError
        Labels of tables or definitions differ.
    UnitsError
        Concept, interval or definition of the reports differ and no definitions are given.

    See Also
    --------
    harmonise_reports : Uses all pairs of reports at once.

    Notes
    -----
    Emigration of X: ``sum_c R_X E_Xc / sum_c R_c I_Xc`` over trusted c that report arrivals
    from X; immigration likewise with ``I_cX`` and ``E_cX``; R are duration factors. A
    logarithm below 0 means that X counts too few. The interval draws each report as a
    binomial of the total that its country reports, and takes percentiles. Sampling of
    counts is all that it holds: it does not know whether the partners are right.

    References
    ----------
    Danko, M. J. and others. Undercounting of migration: bilateral flows ratio model
    (documentation of the program UndercountMigScores).

    Examples
    --------
    >>> pair = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> departures = xr.DataArray([[0.0, 400], [300, 0]], coords=pair)
    >>> arrivals = xr.DataArray([[0.0, 500], [600, 0]], coords=pair)
    >>> found = undercount_ratio(departures, arrivals, trusted=["A"], draws=1000)
    >>> found.ratio.sel(report="by_origin", country="B").item()
    0.5
    """
    layout = lay_out(by_origin, by_destination, definitions, table=table, pool=())
    good = _trusted(layout, trusted)
    if draws < 1 or not 0 < level < 1:
        raise SchemaError(
            "the interval needs one draw or more and a level between 0 and 1",
            where="draws, level",
            remedy="give draws=100_000 and level=0.95",
        )
    R, S = layout.R[:, 0], layout.S[:, 0]
    size_r, size_s = layout.size_r[:, 0], layout.size_s[:, 0]
    flip = (0, 2, 1)
    sender = _Pairs(S, R, size_s, size_r, good)
    own, other, size_own, size_other = (a.transpose(flip) for a in (R, S, size_r, size_s))
    receiver = _Pairs(own, other, size_own, size_other, good)
    rng = stream(seed, "measure", "undercount_ratio")
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    sides = [(*side.ratio(), *side.interval(draws, ends, rng)) for side in (sender, receiver)]
    found = [np.concatenate(pair, axis=1) for pair in zip(*sides, strict=True)]
    return UndercountRatio(**_labelled(layout, found))


def _trusted(layout: Layout, trusted: Sequence[str]) -> Floats:
    absent = [name for name in trusted if name not in layout.places]
    if absent or not len(trusted):
        raise SchemaError(
            "no country is trusted" if not absent else f"'{absent[0]}' is not among the countries",
            where="trusted",
            remedy="name countries of the tables whose registers are good",
            id="BadReference",
        )
    good: Floats = np.isin(layout.places.to_numpy(), list(trusted)).astype(float)
    return good


@dataclass(frozen=True)
class _Pairs:
    """Reports of countries (rows) and of their partners (columns) on the same flows.

    Each is ``(g, n, n)``, over twelve months; the sizes are the duration factors in them.
    """

    own: Floats
    other: Floats
    size_own: Floats
    size_other: Floats
    good: Floats

    @property
    def use(self) -> Mask:
        """Pairs that can be compared with a trusted partner."""
        off = ~np.eye(len(self.good), dtype=bool)
        return (self.good > 0) & off & np.isfinite(self.own) & np.isfinite(self.other)

    def ratio(self) -> tuple[Floats, Floats]:
        """Ratio and number of partners, ``(g, n)``."""
        counted = np.where(self.use, self.own, 0).sum(axis=2)
        against = np.where(self.use, self.other, 0).sum(axis=2)
        return over(counted, against), self.use.sum(axis=2).astype(float)

    def interval(self, draws: int, ends: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Ends of the interval, one country at a time: its draws fill the memory."""
        use, (ratio, _) = self.use, self.ratio()
        mine = _totals(self.own / self.size_own, axis=2)
        theirs = _totals(self.other / self.size_other, axis=1)
        found = np.full((2, *ratio.shape), np.nan)
        for g, x in np.argwhere(np.isfinite(ratio)):
            c = use[g, x]
            here = (g, x, c)
            top = _drawn(self.own[here], self.size_own[here], mine[here], draws, rng)
            below = _drawn(self.other[here], self.size_other[here], theirs[here], draws, rng)
            quotient = np.divide(top, below, out=np.full(draws, np.inf), where=below > 0)
            found[:, g, x] = np.quantile(quotient, ends, method="inverted_cdf")
        return found[0], found[1]


def _totals(counts: Floats, axis: int) -> Floats:
    """All that each country reports, beside every cell of it."""
    off = ~np.eye(counts.shape[-1], dtype=bool)
    total = np.where(np.isfinite(counts) & off, counts, 0).sum(axis=axis, keepdims=True)
    return np.broadcast_to(total, counts.shape)


def _drawn(
    flow: Floats, size: Floats, total: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """Sums over partners of reports drawn as binomials of their country's total."""
    counted = np.rint(total).astype(np.int64)
    share = np.clip(flow / size / np.maximum(counted, 1), 0, 1)
    found: Floats = rng.binomial(counted, share, (draws, len(flow))) @ size
    return found


def _labelled(layout: Layout, found: list[Floats]) -> dict[str, xr.DataArray]:
    arrays = {}
    for name, values in zip(("ratio", "partners", "lower", "upper"), found, strict=True):
        array = layout.per_report(values)
        facts = missing_reason(array, {"no trusted partner to compare": np.isnan(array.to_numpy())})
        arrays[name] = stamp(
            array, name=name, units="1", kind="index", inputs=layout.inputs, **facts
        )
    return arrays
