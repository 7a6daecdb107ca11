# SPDX-License-Identifier: Apache-2.0
"""Provisional figures as labelled arrays: vintage by months elapsed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._snapshots import TODAY
from keruen.measure._vintages import Plan

if TYPE_CHECKING:
    import pandas as pd

_DIRECTIONS: Final = ("departure", "arrival")
_MEASURES: Final = (
    "estimate", "lower", "upper", "known", "open", "variance", "at_lower", "at_upper",
)  # fmt: skip


def figures_of(figures: pd.DataFrame, plan: Plan, first: int) -> dict[str, xr.DataArray]:
    """Figures by method, vintage and cell; zero where nothing crossed, missing before the first."""
    import pandas as pd

    keys = ["method", "vintage", *plan.cell]
    labels = [list(dict.fromkeys(figures["method"])), sorted(set(figures["vintage"]))]
    labels += [list(range(1, plan.horizon + 1)), [0, 1]]
    labels += [sorted(set(figures[name])) for name in plan.by]
    full = pd.MultiIndex.from_product(labels, names=keys)
    table = figures.set_index(keys)[list(_MEASURES)].reindex(full, fill_value=0.0)
    shape = [len(each) for each in labels]
    coords = dict(zip(keys, labels, strict=True))
    vintage = xr.DataArray(labels[1], dims="vintage")
    elapsed = xr.DataArray(labels[2], dims="elapsed")
    published = (vintage - elapsed >= first).to_numpy()
    arrays = {}
    for name in _MEASURES:
        array = xr.DataArray(table[name].to_numpy().reshape(shape), coords=coords, dims=keys)
        array = array.where(xr.DataArray(published, dims=("vintage", "elapsed")))
        days = np.array(labels[1]).astype("datetime64[M]").astype("datetime64[D]").astype(str)
        arrays[name] = array.assign_coords(vintage=days, direction=list(_DIRECTIONS))
    return arrays | {name: arrays[name].isel(method=0, drop=True) for name in ("known", "open")}


def final_of(rows: pd.DataFrame, known: xr.DataArray, plan: Plan, last: int) -> xr.DataArray:
    """Today's figure in the place of every figure published; missing while not final."""
    import pandas as pd

    today = rows[rows["counts"] == TODAY].groupby(["month", *plan.cell[1:]])["crossings"].sum()
    vintage = known["vintage"].to_numpy().astype("datetime64[M]").astype(np.int64)
    labels: list[Any] = [[0, 1], *(known[name].to_numpy() for name in plan.by)]
    final = np.full(known.shape, np.nan)
    for place, elapsed in np.ndindex(known.shape[:2]):
        month = int(vintage[place] - known["elapsed"].to_numpy()[elapsed])
        if month <= last - plan.horizon:
            cells = today.reindex(pd.MultiIndex.from_product([[month], *labels]), fill_value=0)
            final[place, elapsed] = cells.to_numpy(float).reshape(known.shape[2:])
    return known.copy(data=final).where(known.notnull())


def timeline(
    plan: Plan, start: date, end: date, window: int, vintages: int
) -> tuple[int, list[int]]:
    """First month published, and the months at whose first day the vintages are."""
    least = {
        "vintages": vintages,
        "training_months": plan.training,
        "refit_months": plan.refit_every,
        "models": len(plan.models),
    }
    faults: list[WorkbenchError] = [
        SchemaError(f"{name} is out of range", where=name, remedy="give 1 or more", id="BadSetting")
        for name, value in least.items()
        if value < 1
    ]
    if end.day != 1:
        faults.append(
            SchemaError(
                "the observation does not end with a month",
                where="observed_until",
                remedy="give the first of a month",
                id="BadSetting",
            )
        )
    if plan.refits == 1 or plan.refits < 0:
        faults.append(
            SchemaError(
                "one refit shows no variance",
                where="refits",
                remedy="give 2, or 0",
                id="BadSetting",
            )
        )
    raise_faults(faults)
    full = np.datetime64(start) + np.timedelta64(window, "D")
    first = int(full.astype("datetime64[M]").astype(np.int64)) + 1
    last = (end.year - 1970) * 12 + end.month - 1
    needed = vintages - 1 + plan.horizon + plan.training
    if last - first < needed:
        raise CoverageError(
            f"{max(last - first, 0)} months with full records are too few",
            where="observed_from, observed_until",
            remedy=f"{needed} are needed: have fewer vintages, or fewer months of training",
            id="TooShort",
        )
    return first, list(range(last - vintages + 1, last + 1))
