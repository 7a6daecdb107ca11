# SPDX-License-Identifier: Apache-2.0
"""Inputs of a synthetic control: all their faults at once, and the numbers in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import (
    CoverageError,
    EstimationError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)

_LEAST_BEFORE = 2


@dataclass(frozen=True)
class Panel:
    """Outcomes [year, unit] as numbers, the treated unit, its donors, the years before."""

    outcomes: np.ndarray
    years: np.ndarray
    units: tuple[str, ...]
    dim: str
    treated: int
    donors: np.ndarray
    before: int
    left_out: tuple[str, ...]


def panel_of(
    outcome: xr.DataArray, treated: str, since: int, donors: Sequence[str] | None
) -> Panel:
    """The panel, or all its faults."""
    require_dims(outcome, "year", name="outcome")
    dims = [str(dim) for dim in outcome.dims if dim != "year"]
    if len(dims) != 1:
        raise SchemaError(
            f"one dimension of units is needed beside 'year': {few(dims) or 'none'}",
            where="outcome",
            remedy="give the outcome by year and region, or by year and country",
        )
    dim = dims[0]
    # Donors in the order of their labels: where several mixes are equally near, the same is found.
    ordered = outcome.sortby("year").sortby(dim).transpose("year", dim)
    units = tuple(str(unit) for unit in ordered.indexes[dim])
    raise_faults(_faults(ordered, treated, since, donors), where="outcome")
    pool = [unit for unit in units if unit != treated and (donors is None or unit in donors)]
    years = ordered.indexes["year"].to_numpy()
    return Panel(
        outcomes=ordered.to_numpy().astype(float),
        years=years,
        units=units,
        dim=dim,
        treated=units.index(treated),
        donors=np.array([units.index(unit) for unit in pool]),
        before=int((years < since).sum()),
        left_out=tuple(unit for unit in units if unit != treated and unit not in pool),
    )


def _faults(
    outcome: xr.DataArray, treated: str, since: int, donors: Sequence[str] | None
) -> Iterator[WorkbenchError]:
    dim = str(outcome.dims[1])
    units = tuple(str(unit) for unit in outcome.indexes[dim])
    years = outcome.indexes["year"].to_numpy()
    unknown = [one for one in (treated, *(donors or ())) if one not in units]
    if unknown:
        yield CoverageError(
            f"not among the units of the panel: {few(unknown)}",
            where=f"{dim} has {few(units)}",
            remedy="name units that the outcome has",
            id="UnknownUnit",
        )
    if not [unit for unit in units if unit != treated and (donors is None or unit in donors)]:
        yield EstimationError(
            "there are no control units",
            where=f"{dim}: {few(units)}",
            remedy="give units without the policy to compare with",
            id="NoControls",
        )
    gaps = sorted(set(range(int(years.min()), int(years.max()) + 1)) - set(years.tolist()))
    if gaps:
        yield CoverageError(
            f"years are missing: {few(gaps)}",
            where="year",
            remedy="give every year between the first and the last, or a shorter panel",
            id="GapYears",
        )
    before, after = int((years < since).sum()), int((years >= since).sum())
    if before < _LEAST_BEFORE or not after:
        yield EstimationError(
            f"{before} years before and {after} since the policy",
            where=f"since {since}; years {years.min()} to {years.max()}",
            remedy=f"give at least {_LEAST_BEFORE} years before and 1 since, better 10 and more",
            id="ShortPanel",
        )
    bad = np.argwhere(~np.isfinite(outcome.to_numpy().astype(float)))
    if len(bad):
        cells = [f"{units[unit]} {years[year]}" for year, unit in bad.tolist()]
        yield SchemaError(
            f"the outcome is missing or infinite in {len(bad)} cells",
            where=few(cells),
            remedy="fill the cells from the source, or leave the unit or the years out",
            id="MissingValue",
        )


def predictors_of(predictors: xr.DataArray, panel: Panel) -> tuple[np.ndarray, tuple[str, ...]]:
    """Predictors [series, unit] in the order of the panel, each over its spread."""
    require_dims(predictors, "series", panel.dim, name="predictors")
    missing = set(panel.units) - {str(unit) for unit in predictors.indexes[panel.dim]}
    if missing:
        raise CoverageError(
            f"units without predictors: {few(sorted(missing))}",
            where="predictors",
            remedy="give predictors for the units of the outcome",
        )
    ordered = predictors.sel({panel.dim: list(panel.units)}).transpose("series", panel.dim)
    names = tuple(str(name) for name in ordered.indexes["series"])
    values = ordered.to_numpy().astype(float)
    used = values[:, [panel.treated, *panel.donors]]
    spread = used.std(axis=1, ddof=1)
    flawed = [
        name
        for name, row, wide in zip(names, used, spread, strict=True)
        if not np.isfinite(row).all() or wide == 0
    ]
    if flawed:
        raise SchemaError(
            f"a predictor is missing somewhere, or the same everywhere: {few(flawed)}",
            where="predictors",
            remedy="leave it out, or fill it from the source",
            id="BadPredictor",
        )
    return values / spread[:, None], names
