# SPDX-License-Identifier: Apache-2.0
"""Counts by the codes of one classification, brought to those of another by known weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import AccountError, CodeError, CoverageError, WorkbenchError, raise_faults

Weights = Mapping[str, Mapping[str, float | None]]
"""For each old code the new ones, with the share of its people who are in each."""

_TOLERANCE = 1e-6


def reclassify(counts: xr.DataArray, correspondence: Weights, *, dim: str) -> xr.DataArray:
    """Counts by the codes of another classification.

    Parameters
    ----------
    counts : DataArray [any], persons
        Counts by the old codes; never rates or shares.
    correspondence : mapping of str to mapping of str to float or None
        New codes of each old one, with shares from double-coded data that add to 1. The
        share may be None where there is a single new code.
    dim : str
        Dimension of the codes.

    Returns
    -------
    DataArray [any], persons
        The same total by the new codes, in their order.

    Raises
    ------
    CodeError
        A code has no correspondence (``UnknownCode``).
    CoverageError
        A code became several and no weights are given (``NoWeights``): they are never split
        equally.
    AccountError
        Weights of a code do not add to 1 (``NotShares``).

    See Also
    --------
    keruen.project.staffing.occupation_shares : Shares are made from counts that agree.

    Examples
    --------
    >>> old = xr.DataArray([100.0, 40.0], {"occupation": ["2230", "3231"]})
    >>> became = {"2230": {"2221": 0.9, "2222": 0.1}, "3231": {"3221": None}}
    >>> reclassify(old, became, dim="occupation").to_series().to_dict()
    {'2221': 90.0, '2222': 10.0, '3221': 40.0}
    """
    require_dims(counts, dim, name="counts")
    codes = [str(code) for code in counts.indexes[dim]]
    raise_faults(_faults(codes, correspondence), where="correspondence")
    new = sorted({code for old in codes for code in correspondence[old]})
    table = xr.DataArray(
        [[_share(correspondence[old], code) for code in new] for old in codes],
        coords={dim: counts.indexes[dim], "new": new},
        dims=[dim, "new"],
    )
    moved = xr.dot(counts, table, dim=dim).rename(new=dim)
    return stamp(
        moved,
        name=str(counts.name or "counts"),
        units=str(counts.attrs.get("units", "persons")),
        kind="count",
        inputs=(counts,),
    )


def _share(parts: Mapping[str, float | None], code: str) -> float:
    if code not in parts:
        return 0.0
    weight = parts[code]
    return 1.0 if weight is None else float(weight)


def _faults(codes: list[str], correspondence: Weights) -> Iterable[WorkbenchError]:
    lacking = [code for code in codes if not correspondence.get(code)]
    if lacking:
        yield CodeError(
            f"{len(lacking)} codes have no correspondence",
            where=few(lacking),
            remedy="add them, or correct the codes",
            id="UnknownCode",
        )
    known = [code for code in codes if correspondence.get(code)]
    unweighted = [
        code
        for code in known
        if len(correspondence[code]) > 1 and None in correspondence[code].values()
    ]
    if unweighted:
        first = unweighted[0]
        yield CoverageError(
            f"{len(unweighted)} codes became several, and no weights are given",
            where=f"{few(unweighted)}; {first} became {few(correspondence[first])}",
            remedy="give the share of each from data coded both ways; an equal split is a guess",
            id="NoWeights",
        )
    sums = {
        code: sum(_share(correspondence[code], new) for new in correspondence[code])
        for code in known
        if code not in unweighted
    }
    wrong = [f"{code}: {whole:.6g}" for code, whole in sums.items() if abs(whole - 1) > _TOLERANCE]
    if wrong:
        yield AccountError(
            f"weights of {len(wrong)} codes do not add to 1",
            where=few(wrong),
            remedy="give all new codes of each old one, with shares that add to 1",
            id="NotShares",
        )
