# SPDX-License-Identifier: Apache-2.0
"""Two matrices of remittances side by side: how alike they share money out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import CoverageError
from keruen.measure._checks import Floats, over, refuse_negative
from keruen.measure._tables import stacked

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RemittanceComparison:
    """How far two matrices agree, over the countries that both hold.

    Parameters
    ----------
    dissimilarity : DataArray [], percent
        Share of the money that would have to change corridor for both to agree.
    by_country : DataArray [country], percent
        The same within the money of each receiver.
    total_ratio : DataArray [], ratio
        All amounts of the estimate over all of the reference.
    log_correlation : DataArray [], correlation
        Between logarithms of the corridors that are above 0 in both.
    median_factor : DataArray [], ratio
        Factor by which half of these corridors differ at most, either way.
    corridors : DataArray []
        Corridors above 0 in both.
    """

    dissimilarity: xr.DataArray
    by_country: xr.DataArray
    total_ratio: xr.DataArray
    log_correlation: xr.DataArray
    median_factor: xr.DataArray
    corridors: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a number."""
        return stacked(self)


def compare_remittances(estimate: xr.DataArray, reference: xr.DataArray) -> RemittanceComparison:
    """How alike two matrices share the same money out.

    Parameters
    ----------
    estimate, reference : DataArray [sender, receiver], million USD
        Amounts; a missing cell counts as none. Only countries that both hold are compared.

    Returns
    -------
    RemittanceComparison

    Raises
    ------
    SchemaError
        A dimension is missing, or an amount is negative (``NegativeInput``).
    CoverageError
        They share no corridor (``NothingShared``).

    Notes
    -----
    ``dissimilarity = 100/2 sum |a_ij / A - b_ij / B|`` with shares of all money compared,
    so it does not matter that totals differ; ``by_country`` uses shares of each receiver.
    Agreement with another model is not agreement with the truth: both may share a fault.

    References
    ----------
    Duncan, O. D. and Duncan, B. (1955). American Sociological Review 20(2), 210-217.

    Examples
    --------
    >>> cells = {"sender": ["RUS", "KAZ"], "receiver": ["UZB"]}
    >>> ours = xr.DataArray([[3.0], [1.0]], coords=cells)
    >>> theirs = xr.DataArray([[2.0], [2.0]], coords=cells)
    >>> compare_remittances(ours, theirs).dissimilarity.item()
    25.0
    """
    for name, array in (("estimate", estimate), ("reference", reference)):
        require_dims(array, "sender", "receiver", name=name)
        refuse_negative(array, name=name)
    dims = ("receiver", "sender")
    ours, theirs = xr.align(
        estimate.transpose(*dims), reference.transpose(*dims), join="inner", copy=False
    )
    ours, theirs = ours.fillna(0.0), theirs.fillna(0.0)
    a, b = ours.to_numpy().astype(float), theirs.to_numpy().astype(float)
    if not (a.sum() > 0 and b.sum() > 0):
        raise CoverageError(
            "the two matrices share no corridor with money",
            where="estimate, reference",
            remedy="use the same codes of countries in both",
            id="NothingShared",
        )
    both = (a > 0) & (b > 0)
    found = {
        "dissimilarity": (50 * np.abs(a / a.sum() - b / b.sum()).sum(), "percent"),
        "total_ratio": (a.sum() / b.sum(), "ratio"),
        "log_correlation": (_correlation(a[both], b[both]), "correlation"),
        "median_factor": (_median_factor(a[both], b[both]), "ratio"),
        "corridors": (float(both.sum()), "corridors"),
    }
    by_receiver = _within(a, b)
    return RemittanceComparison(
        by_country=stamp(
            ours.isel(sender=0, drop=True).copy(data=by_receiver).rename(receiver="country"),
            name="dissimilarity", units="percent", kind="index", inputs=(ours, theirs),
        ),
        **{
            name: stamp(
                xr.DataArray(value), name=name, units=units, kind="index", inputs=(ours, theirs)
            )
            for name, (value, units) in found.items()
        },
    )  # fmt: skip


def _within(a: Floats, b: Floats) -> Floats:
    """Dissimilarity of each row, percent; missing where either has no money."""
    ours = over(a, a.sum(axis=1, keepdims=True))
    theirs = over(b, b.sum(axis=1, keepdims=True))
    within: Floats = 50 * np.abs(ours - theirs).sum(axis=1)
    return within


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(np.log(a), np.log(b))[0, 1])


def _median_factor(a: Floats, b: Floats) -> float:
    return float(np.exp(np.median(np.abs(np.log(a / b))))) if len(a) else float("nan")
