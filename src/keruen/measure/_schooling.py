# SPDX-License-Identifier: Apache-2.0
"""Emigrants of unknown schooling, shared out over the known ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.measure._checks import Floats, over

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN: Final = "unknown"
NOT_REPORTED: Final = "not reported by the destination: counted as nobody, a lower bound"
BY_CORRIDOR: Final = "schooling unknown: shared out as the known of this origin and destination"
BY_ORIGIN: Final = "schooling unknown: shared out as the known of this origin"
NOT_SHARED: Final = "schooling unknown of all: rates by schooling are missing"


@dataclass(frozen=True)
class Known:
    """Emigrants by origin: those with a schooling ``[..., country, education]``, and all.

    Those who could not be given a schooling make ``emigrants`` missing, not ``everybody``.
    """

    emigrants: xr.DataArray
    everybody: xr.DataArray
    unknown_share: xr.DataArray
    destinations: xr.DataArray
    adjustments: pd.DataFrame


def allocate_unknown(emigrants: xr.DataArray) -> Known:
    """Emigrants ``[..., origin, destination, education]`` with nobody of unknown schooling."""
    order = emigrants.transpose(..., "origin", "destination", "education")
    levels = [str(one) for one in order.indexes["education"] if one != UNKNOWN]
    raw = order.sel(education=levels).to_numpy().astype(float)
    has = UNKNOWN in order.indexes["education"]
    blank = (
        order.sel(education=UNKNOWN).to_numpy().astype(float) if has else np.zeros(raw.shape[:-1])
    )
    known, unknown = np.nan_to_num(raw), np.nan_to_num(blank)
    # Shares within the corridor, else within the origin, else none.
    here = over(known, known.sum(axis=-1, keepdims=True))
    origin = known.sum(axis=-2, keepdims=True)
    whole = np.broadcast_to(over(origin, origin.sum(axis=-1, keepdims=True)), known.shape)
    lacks = np.isnan(here[..., 0])
    share = np.where(lacks[..., None], whole, here)
    added = np.where(unknown[..., None] > 0, unknown[..., None] * share, 0.0)
    full = known + added
    like = order.isel(education=0, drop=True)
    everybody = known.sum(axis=(-1, -2)) + unknown.sum(axis=-1)
    by_country = order.sel(education=levels).isel(destination=0, drop=True)
    line = like.isel(destination=0, drop=True)
    reported = ~(np.isnan(raw).all(axis=-1) & (np.isnan(blank) | (not has)))

    def lines(values: Floats, of: xr.DataArray) -> xr.DataArray:
        return of.copy(data=values).rename(origin="country")

    return Known(
        emigrants=lines(full.sum(axis=-2), by_country),
        everybody=lines(everybody, line),
        unknown_share=lines(100 * over(unknown.sum(axis=-1), everybody), line),
        destinations=lines(reported.sum(axis=-1).astype(float), line),
        adjustments=_told(like, unknown, lacks, np.isnan(whole[..., 0]), ~reported),
    )


def _told(
    like: xr.DataArray, unknown: Floats, lacks: np.ndarray, none: np.ndarray, silent: np.ndarray
) -> pd.DataFrame:
    """One row a corridor that was filled or changed."""
    import pandas as pd

    some = unknown > 0
    cases = (
        (some & ~lacks, BY_CORRIDOR, unknown, np.zeros_like(unknown)),
        (some & lacks & ~none, BY_ORIGIN, unknown, np.zeros_like(unknown)),
        (some & lacks & none, NOT_SHARED, unknown, unknown),
        (silent, NOT_REPORTED, np.full_like(unknown, np.nan), np.zeros_like(unknown)),
    )
    parts = []
    for mask, reason, before, after in cases:
        places = np.nonzero(mask)
        keys = {
            str(dim): like.indexes[str(dim)].take(at)
            for dim, at in zip(like.dims, places, strict=True)
        }
        parts.append(
            pd.DataFrame({**keys, "before": before[mask], "after": after[mask]}).assign(
                reason=reason
            )
        )
    return pd.concat(parts, ignore_index=True)
