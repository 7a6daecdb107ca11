# SPDX-License-Identifier: Apache-2.0
"""Which counts may be published: small cells hidden, rounded, or blurred.

Indicators are computed before protection; what leaves the house is protected last, and says
how (``attrs["disclosure"]``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.random import stream
from keruen.measure._blur import KEYS, perturbation_table
from keruen.measure._rounding import controlled_steps
from keruen.measure._suppression import hide, with_totals

TOTAL: Final = "_T"
"""Label of the total of a dimension, as in SDMX."""


@dataclass(frozen=True)
class ProtectedCounts:
    """A table as it may be published.

    Parameters
    ----------
    counts : DataArray [...], persons
        Published counts, with the totals of every dimension under the label ``_T`` where
        totals are published too; missing where hidden.
    changed : DataArray [...]
        Why a cell is not what was counted: ``small`` or ``secondary`` (hidden), ``rounded``,
        ``blurred``; empty where it is.

    See Also
    --------
    hide_small_counts, round_counts, blur_counts : Make it.
    """

    counts: xr.DataArray
    changed: xr.DataArray


def hide_small_counts(counts: xr.DataArray, *, threshold: int = 5) -> ProtectedCounts:
    """Table with its totals in which no count below a threshold can be read or worked out.

    Parameters
    ----------
    counts : DataArray [any dims], persons
        Whole numbers, 0 or more; at most eight dimensions.
    threshold : int, optional
        Smallest count that may be shown; 2 or more.

    Returns
    -------
    ProtectedCounts
        With the label ``_T`` (the total) added to every dimension.

    Raises
    ------
    SchemaError
        A count is negative, missing or no whole number (``NotACount``), a label is already
        ``_T``, or the threshold is below 2.

    See Also
    --------
    round_counts : Shows every cell, roughly.

    Notes
    -----
    Counts from 1 to ``threshold - 1`` are hidden in the cells and in the totals; a zero is
    shown. Then, until nothing more is needed: when a line of the table with its total hides
    a single value, its smallest other one is hidden too; when the hidden cells of a line
    with a shown total add up to less than the threshold, one more is; and when all sums
    together fix a hidden value, one more in each of its lines. What a reader can work out
    about a hidden count is then a range; how wide is not promised.

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley, chapter 4.

    Examples
    --------
    >>> table = xr.DataArray(
    ...     [[2, 9, 30], [20, 8, 40]], coords={"sex": ["F", "M"], "visa": ["a", "b", "c"]}
    ... )
    >>> hide_small_counts(table).counts.sel(sex="F").to_numpy()
    array([nan, nan, 30., 41.])
    """
    need_table(counts, threshold)
    full = with_totals(counts.to_numpy().astype(np.int64))
    why = hide(full, threshold)
    return hidden_table(full, why, counts, threshold, first=0)


def need_table(counts: xr.DataArray, threshold: int) -> None:
    """Refuse a table or a threshold with which nothing can be hidden.

    Parameters
    ----------
    counts : DataArray [...], count
        Table without totals.
    threshold : int
        Counts below it are small.

    Raises
    ------
    SchemaError
        The threshold is below 2, or a label is that of totals.
    """
    _need_counts(counts)
    if threshold < 2:
        raise SchemaError(
            f"a threshold of {threshold} hides nothing",
            where="threshold",
            remedy="give 2 or more; 5 is usual",
        )
    taken = [str(dim) for dim in counts.dims if TOTAL in counts.indexes[dim]]
    if taken:
        raise SchemaError(
            f"'{TOTAL}' is already a label", where=", ".join(taken), remedy="give the parts only"
        )


def hidden_table(
    full: NDArray[np.int64],
    why: NDArray[np.int8],
    counts: xr.DataArray,
    threshold: int,
    *,
    first: int,
) -> ProtectedCounts:
    """A table with its totals from a dimension on, as it may be shown.

    Parameters
    ----------
    full : ndarray
        Counts with their totals.
    why : ndarray
        For each cell 0 to show it, 1 for small, 2 to protect another.
    counts : DataArray [...], count
        Table without totals, for the labels.
    threshold : int
        Counts below it are small.
    first : int
        First dimension that has totals.

    Returns
    -------
    ProtectedCounts
    """
    coords = {
        dim: [*counts.indexes[dim].tolist(), *([TOTAL] if place >= first else [])]
        for place, dim in enumerate(counts.dims)
    }
    shown = xr.DataArray(np.where(why == 0, full, np.nan), coords=coords, dims=counts.dims)
    words = np.array(["", "small", "secondary"], dtype=object)[why]
    return _protected(shown, words, counts, f"threshold {threshold}, secondary suppression")


def round_counts(
    counts: xr.DataArray, *, base: int = 3, rows: str | None = None, seed: int = 1
) -> ProtectedCounts:
    """Table rounded at random to a base so that its cells still add up to rounded totals.

    Parameters
    ----------
    counts : DataArray [any dims], persons
        Whole numbers, 0 or more.
    base : int, optional
        3 or 5 as a rule; 2 or more.
    rows : str, optional
        Dimension whose totals are controlled together with those of all other labels; the
        first when not given.
    seed : int, optional
        Secret of the rounding; the same table and seed give the same answer.

    Returns
    -------
    ProtectedCounts
        Multiples of the base, each less than one base from its count.

    Raises
    ------
    SchemaError
        A count is negative, missing or no whole number (``NotACount``), the base is below 2,
        or ``rows`` is no dimension.

    See Also
    --------
    hide_small_counts : Shows exact counts, but not all.

    Notes
    -----
    The table is read as rows by all other labels. Every cell, every row total, every total
    of a combination of the others and the grand total goes to one of its two neighbouring
    multiples; a multiple stays; and the expectation of every cell is its count (Cox 1987).
    Totals of other groupings are sums of rounded cells.

    References
    ----------
    Cox, L.H. (1987). A constructive procedure for unbiased controlled rounding. Journal of
    the American Statistical Association 82(398), 520-524.

    Examples
    --------
    >>> table = xr.DataArray(
    ...     [[2, 9, 30], [20, 8, 40]], coords={"sex": ["F", "M"], "visa": ["a", "b", "c"]}
    ... )
    >>> rounded = round_counts(table, base=5).counts
    >>> bool((rounded % 5 == 0).all()), bool((abs(rounded - table) < 5).all())
    (True, True)
    """
    _need_counts(counts)
    if base < 2:
        raise SchemaError(f"a base of {base} rounds nothing", where="base", remedy="give 3 or 5")
    first = counts.dims[0] if rows is None else rows
    if first not in counts.dims:
        raise SchemaError(
            f"the table has no dimension '{first}'",
            where=", ".join(map(str, counts.dims)),
            remedy="name one of these as rows",
        )
    table = counts.transpose(first, ...)
    cells = table.to_numpy().astype(np.int64)
    flat = cells.reshape(len(cells), -1)
    up = controlled_steps(flat, base, stream(seed, "disclosure", "rounding"))
    rounded = ((flat // base + up) * base).reshape(cells.shape)
    shown = table.copy(data=rounded.astype(float)).transpose(*counts.dims)
    words = np.where(shown.to_numpy() != counts.to_numpy(), "rounded", "").astype(object)
    return _protected(shown, words, counts, f"controlled random rounding to base {base}")


def blur_counts(
    counts: xr.DataArray,
    *,
    record_keys: xr.DataArray,
    variance: float = 2.0,
    largest: int = 5,
    smallest: int = 2,
) -> ProtectedCounts:
    """Table with small noise that depends on who is counted, and on nothing else.

    Parameters
    ----------
    counts : DataArray [any dims], persons
        Whole numbers, 0 or more.
    record_keys : DataArray [same dims], whole number
        Sum over the persons of a cell of their secret keys, each a whole number from 0 to
        2**32 - 1 drawn once for a person and kept.
    variance : float, optional
        Variance of the noise, above 0.
    largest : int, optional
        Largest change of a count, up or down.
    smallest : int, optional
        Published counts from 1 to this do not occur; less than ``largest``.

    Returns
    -------
    ProtectedCounts
        Whole numbers; a zero stays a zero. Cells need not add up to blurred totals.

    Raises
    ------
    SchemaError
        A count is negative, missing or no whole number (``NotACount``), or the settings leave
        no noise with mean zero.
    CoverageError
        Keys and counts do not hold the same cells.

    See Also
    --------
    round_counts : Keeps cells and totals in agreement.

    Notes
    -----
    The cell key is the sum of the record keys modulo 2**32, so the same persons get the same
    noise in whatever table they meet, and repeated questions teach nothing. The key picks
    the noise from a table of distributions, one a count: on the whole numbers allowed, the
    distribution of largest entropy with mean zero and the variance asked for; where so
    small a count does not allow that variance, the nearest it allows.

    References
    ----------
    Fraser, B., Wooton, J. (2005). A proposed method for confidentialising tabular output to
    protect against differencing. UNECE work session on statistical data confidentiality.
    Giessing, S. (2016). Computational issues in the design of transition probabilities and
    disclosure risk estimation for additive noise. LNCS 9867, 237-251.

    Examples
    --------
    >>> counts = xr.DataArray([0, 1, 40], coords={"visa": ["a", "b", "c"]})
    >>> keys = xr.DataArray([0, 2**31, 2**31], coords={"visa": ["a", "b", "c"]})
    >>> blur_counts(counts, record_keys=keys).counts.to_numpy()
    array([ 0.,  0., 40.])
    """
    _need_counts(counts)
    counts, record_keys = same_cells(counts, record_keys)
    cumulative, steps = perturbation_table(variance, largest, smallest)
    people = counts.to_numpy().astype(np.int64)
    share = (record_keys.transpose(*counts.dims).to_numpy().astype(np.uint64) % KEYS) / KEYS
    row = cumulative[np.minimum(people, len(cumulative) - 1)]
    noise = steps[(row <= share[..., None]).sum(-1)]
    shown = counts.copy(data=(people + noise).astype(float))
    words = np.where(noise != 0, "blurred", "").astype(object)
    return _protected(shown, words, counts, f"cell keys, variance {variance:g}, at most {largest}")


def _need_counts(counts: xr.DataArray) -> None:
    values = counts.to_numpy().astype(float)
    bad = ~np.isfinite(values) | (values < 0) | (values != np.floor(values))
    if bad.any():
        at = [index[0] for index in np.nonzero(bad)]
        cell = {str(d): counts.indexes[d][k] for d, k in zip(counts.dims, at, strict=True)}
        raise SchemaError(
            f"{int(bad.sum())} cells hold no count, the first {values[bad][0]:g}",
            where=", ".join(f"{dim} {label}" for dim, label in cell.items()),
            remedy="give whole numbers of persons, 0 or more, before any weighting",
            id="NotACount",
        )


def _protected(
    shown: xr.DataArray, words: np.ndarray, counts: xr.DataArray, rule: str
) -> ProtectedCounts:
    known = {key: counts.attrs[key] for key in ("origin", "licence") if key in counts.attrs}
    name = str(counts.name or "counts")
    published = stamp(shown, name=name, units="persons", kind="count", **known)
    published.attrs["disclosure"] = rule
    return ProtectedCounts(published, shown.copy(data=words).transpose(*published.dims))
