# SPDX-License-Identifier: Apache-2.0
"""Counts of a proposal as they may be published: a tree in which no small one can be worked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import xarray as xr

from keruen.measure.disclosure import TOTAL, hide_small_counts

SMALLEST: Final = 5
"""Smallest count of families that is published."""


@dataclass(frozen=True)
class ShownCounts:
    """Which counts of a tree may be shown.

    Parameters
    ----------
    whole : bool
        Whether the total may.
    branches : mapping of str to bool
        Whether a branch may.
    leaves : mapping of (str, str) to bool
        Whether a leaf of a branch may.
    """

    whole: bool
    branches: Mapping[str, bool]
    leaves: Mapping[tuple[str, str], bool]


def shown_counts(
    tree: Mapping[str, Mapping[str, int]], *, threshold: int = SMALLEST
) -> ShownCounts:
    """Which counts of families may be shown, when branches add to a total and leaves to branches.

    Parameters
    ----------
    tree : mapping of str to mapping of str to int
        Families by branch and leaf: districts of regions, and reasons of those who wait.
    threshold : int, optional
        Smallest count that may be shown; 2 or more.

    Returns
    -------
    ShownCounts
        Persons, money and used room of a cell may be shown where its families may.

    See Also
    --------
    keruen.measure.disclosure.hide_small_counts : The rule, for one table.

    Notes
    -----
    The leaves of each branch are protected as a table with the branch as its total, and the
    branches as one with the total of all. Since a cell that is listed holds at least one family,
    hidden cells of a table must also add up to more than one each: else one more is hidden, and
    at last the total. Of a branch that is hidden all leaves are, but the empty ones.

    Examples
    --------
    >>> shown = shown_counts({"north": {"a": 3, "b": 20, "c": 9}, "south": {"d": 40}})
    >>> shown.branches["north"], shown.leaves["north", "b"], shown.leaves["north", "c"]
    (True, True, False)
    """
    inner = {name: _table(leaves, threshold) for name, leaves in tree.items()}
    open_ = {name for name, (total, _) in inner.items() if not total}
    totals = {name: sum(leaves.values()) for name, leaves in tree.items()}
    whole, branches = _table(totals, threshold, also=open_)
    leaves = {
        (name, leaf): seen and (branches[name] or not tree[name][leaf])
        for name, (_, cells) in inner.items()
        for leaf, seen in cells.items()
    }
    return ShownCounts(whole, branches, leaves)


def _table(
    counts: Mapping[str, int], threshold: int, *, also: Collection[str] = ()
) -> tuple[bool, dict[str, bool]]:
    """Whether the total of some counts, and each of them, may be shown."""
    if not counts:
        return True, {}
    cells = xr.DataArray(list(counts.values()), {"cell": list(counts)})
    safe = hide_small_counts(cells.astype(int), threshold=threshold)
    why = dict(zip(safe.changed.indexes["cell"], safe.changed.to_numpy(), strict=True))
    hidden = {name for name, count in counts.items() if count and (why[name] or name in also)}
    whole = not why[TOTAL]
    while whole and hidden and not _safe([counts[name] for name in hidden], threshold):
        rest = [name for name, count in counts.items() if count and name not in hidden]
        whole = bool(rest)
        hidden |= {min(rest, key=counts.__getitem__)} if rest else set()
    return whole, {name: name not in hidden for name in counts}


def _safe(hidden: Sequence[int], threshold: int) -> bool:
    """Whether hidden counts, with their sum known and one in each at least, stay unknown."""
    return len(hidden) > 1 and sum(hidden) >= threshold and sum(hidden) > len(hidden)
