# SPDX-License-Identifier: Apache-2.0
"""What the projection of towns takes, checked: residence, years, values, definitions, totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import (
    CoverageError,
    InfeasibleError,
    SchemaError,
    UnitsError,
    WorkbenchError,
    raise_faults,
)
from keruen.project._checks import first_cell
from keruen.project._urban import Floats, log_odds

if TYPE_CHECKING:
    import pandas as pd

_ADDS: Final = 1e-6


@dataclass(frozen=True)
class Observed:
    """Urban and rural of past years as plain arrays, year last."""

    odds: Floats
    share: Floats
    total: Floats
    years: list[int]
    places: dict[str, Any]

    @property
    def gaps(self) -> Floats:
        """Years between the dates."""
        return np.diff(np.asarray(self.years, dtype=float))

    def held(self, kept: NDArray[np.bool_]) -> pd.DataFrame:
        """Places whose share is kept: key, share, reason."""
        import pandas as pd

        where = np.nonzero(np.atleast_1d(kept))
        labels = zip(self.places.items(), where, strict=False)
        columns = {dim: np.asarray(values)[at] for (dim, values), at in labels}
        last = np.atleast_1d(self.share[..., -1])[where]
        why = np.select(
            [last == 1, last == 0], ["there is no village", "there is no town"],
            "one of the two dates has no town or no village",
        )  # fmt: skip
        return pd.DataFrame({**columns, "share": last, "reason": why})


def observed(population: xr.DataArray) -> Observed:
    """Check urban and rural populations of past years and take them apart."""
    require_dims(population, "year", "residence", name="population")
    labels = {str(label) for label in population.indexes["residence"]}
    if labels != {"urban", "rural"}:
        raise SchemaError(
            f"residence has {few(sorted(labels))}",
            where="population",
            remedy="give the two labels urban and rural",
        )
    ordered = population.transpose(..., "year", "residence").sortby("year")
    ordered = ordered.sel(residence=["urban", "rural"])
    years = [int(year) for year in ordered.indexes["year"]]
    if len(years) < 2:
        raise CoverageError(
            "a difference of growth needs two dates",
            where=f"population has {few(years)}",
            remedy="give a year before the base too",
            id="MissingPeriod",
        )
    raise_faults(_value_faults(ordered), where="population")
    values = ordered.to_numpy().astype(float)
    total = values.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = values[..., 0] / total
    places = {str(dim): ordered.indexes[dim] for dim in ordered.dims[:-2]}
    return Observed(log_odds(values[..., 0], values[..., 1]), share, total, years, places)


def _value_faults(population: xr.DataArray) -> list[WorkbenchError]:
    values = population.to_numpy()
    faults: list[WorkbenchError] = []
    missing, wrong = np.isnan(values), (values < 0) | np.isinf(values)
    if missing.any():
        faults.append(
            CoverageError(
                f"{int(missing.sum())} cells are missing",
                where=f"population at {first_cell(population, missing)}",
                remedy="fill them, or leave out the places or years that lack them",
                id="MissingPeriod",
            )
        )
    if wrong.any():
        faults.append(
            SchemaError(
                f"{int(wrong.sum())} populations are negative or infinite",
                where=f"population at {first_cell(population, wrong)}",
                remedy="people and shares are 0 or more",
                id="NegativeInput",
            )
        )
    total = values.sum(-1)
    bad = total <= 0
    if population.attrs.get("kind") == "share":
        whole = 100.0 if population.attrs.get("units") == "percent" else 1.0
        bad = np.abs(total - whole) > _ADDS * whole
    if bad.any() and not faults:
        shown = population.isel(residence=0, drop=True)
        faults.append(
            SchemaError(
                f"urban and rural add to {total[bad].flat[0]:g}",
                where=f"population at {first_cell(shown, bad)}",
                remedy="give both parts of the whole",
                id="SharesDoNotAddUp",
            )
        )
    return [*faults, *_definition_faults(population)]


def _definition_faults(population: xr.DataArray) -> list[WorkbenchError]:
    """A coordinate ``definition`` along the years must not change."""
    if "definition" not in population.coords:
        return []
    words = np.atleast_1d(population.coords["definition"].to_numpy())
    kinds = list(dict.fromkeys(str(word) for word in words.ravel()))
    if len(kinds) == 1:
        return []
    return [
        UnitsError(
            f"urban is defined otherwise at some dates: {few(kinds)}",
            where="population, coordinate 'definition'",
            remedy="keep the years of one definition; the two series are not to be joined",
            id="UnitMismatch",
        )
    ]


def span_of(years: Sequence[int], known: list[int], lag: int | None) -> tuple[list[int], int]:
    """Years wanted, and the place of the date that the difference is taken from."""
    wanted = [int(year) for year in years]
    if not wanted or wanted != sorted(set(wanted)) or wanted[0] <= known[-1]:
        raise CoverageError(
            f"years do not rise from the base of {known[-1]}",
            where=f"years = {wanted[:5]}",
            remedy=f"give years after {known[-1]}, each once, in order",
            id="MissingPeriod",
        )
    if lag is None:
        return wanted, len(known) - 2
    if known[-1] - lag not in known[:-1]:
        raise CoverageError(
            f"there is no population {lag} years before the base of {known[-1]}",
            where=f"population has {few(known)}",
            remedy="choose a lag that leads to a year held",
            id="MissingPeriod",
        )
    return wanted, known.index(known[-1] - lag)


def check_span(convergence: float) -> None:
    """The years until only the norm counts are positive."""
    if not convergence > 0:
        raise SchemaError(
            f"convergence over {convergence:g} years",
            where="convergence",
            remedy="give years above 0; the United Nations take 25",
        )


def check_ceiling(ceiling: float, shares: Floats | None = None) -> None:
    """The ceiling is a share, and no place stands above it."""
    if not 0 < ceiling <= 1:
        raise SchemaError(
            f"a ceiling of {ceiling:g}",
            where="ceiling",
            remedy="give a share above 0 and up to 1",
        )
    if shares is not None and (shares > ceiling).any():
        raise InfeasibleError(
            f"the share of towns is {shares.max():.3f}, above the ceiling of {ceiling:g}",
            where="population at the base",
            remedy="raise the ceiling, or take the rule 'un'",
            id="CeilingBelowShare",
        )


def with_totals(share: xr.DataArray, totals: xr.DataArray) -> xr.DataArray:
    """Urban and rural people: shares of totals."""
    require_dims(totals, "year", name="totals")
    _, whole = same_cells(share.isel(residence=0, drop=True).rename("share"), totals)
    bad = ~(whole.to_numpy() >= 0)
    if bad.any():
        raise SchemaError(
            f"{int(bad.sum())} totals are negative or missing",
            where=f"totals at {first_cell(whole, bad)}",
            remedy="totals are persons, 0 or more",
            id="NegativeInput",
        )
    urban = share.sel(residence="urban", drop=True) * whole
    both = xr.concat([urban, whole - urban], "residence", coords="minimal", compat="override")
    both = both.assign_coords(residence=["urban", "rural"])
    return stamp(
        both, name="population", units="persons", kind="count", inputs=(share, totals),
        concept="stock", moment=totals.attrs.get("moment", ""),
    )  # fmt: skip
