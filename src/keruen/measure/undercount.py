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
from keruen.measure._checks import Floats, missing_reason
from keruen.measure._report_layout import REPORTS, Layout, lay_out
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
    I, E = layout.I[:, 0], layout.E[:, 0]  # noqa: E741
    rng = stream(seed, "measure", "undercount_ratio")
    sender = _ratios(E, I, layout.size_E[:, 0], layout.size_I[:, 0], good, draws, level, rng)
    flip = (0, 2, 1)
    receiver = _ratios(
        I.transpose(flip),
        E.transpose(flip),
        layout.size_I[:, 0].transpose(flip),
        layout.size_E[:, 0].transpose(flip),
        good,
        draws,
        level,
        rng,
    )
    found = [np.concatenate([s, r], axis=1) for s, r in zip(sender, receiver, strict=True)]
    return UndercountRatio(*_labelled(layout, found))


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


def _ratios(
    own: Floats,
    other: Floats,
    size_own: Floats,
    size_other: Floats,
    good: Floats,
    draws: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Ratio, ends of its interval and partners ``(g, n)``; rows are countries judged.

    ``own (g, n, n)`` is what the row reports on its flows with the columns, ``other`` what
    the columns report on the same flows.
    """
    off = ~np.eye(own.shape[-1], dtype=bool)
    use = (good > 0) & off & np.isfinite(own) & np.isfinite(other)
    own_total = np.where(np.isfinite(own) & off, own / size_own, 0).sum(axis=2, keepdims=True)
    other_total = np.where(np.isfinite(other) & off, other / size_other, 0).sum(
        axis=1, keepdims=True
    )
    low, high = np.full(own.shape[:2], np.nan), np.full(own.shape[:2], np.nan)
    ends = [(1 - level) / 2, (1 + level) / 2]
    for g, x in np.argwhere(use.any(axis=2)):  # one country at a time: draws fill the memory
        c = use[g, x]
        mine = _drawn(own[g, x, c], size_own[g, x, c], own_total[g, x, 0], draws, rng)
        theirs = _drawn(other[g, x, c], size_other[g, x, c], other_total[g, 0, c], draws, rng)
        with np.errstate(divide="ignore", invalid="ignore"):
            low[g, x], high[g, x] = np.nanquantile(mine / theirs, ends)
    counted = np.where(use, own, 0).sum(axis=2)
    against = np.where(use, other, 0).sum(axis=2)
    ratio = np.divide(counted, against, out=np.full_like(counted, np.nan), where=against > 0)
    low, high = (np.where(np.isnan(ratio), np.nan, end) for end in (low, high))
    return ratio, low, high, use.sum(axis=2).astype(float)


def _drawn(
    flow: Floats, size: Floats, total: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """Sums over partners of reports drawn as binomials of their country's total."""
    counted = np.rint(np.broadcast_to(total, flow.shape)).astype(np.int64)
    share = np.clip(flow / size / np.maximum(counted, 1), 0, 1)
    found: Floats = rng.binomial(counted, share, (draws, len(flow))) @ size
    return found


def _labelled(layout: Layout, found: list[Floats]) -> list[xr.DataArray]:
    arrays = []
    names = ("ratio", "lower", "upper", "partners")
    for name, values in zip(names, found, strict=True):
        array = layout.per_report(values)
        facts = missing_reason(array, {"no trusted partner to compare": np.isnan(array.to_numpy())})
        arrays.append(
            stamp(array, name=name, units="1", kind="index", inputs=layout.inputs, **facts)
        )
    return arrays
