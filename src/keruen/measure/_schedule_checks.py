# SPDX-License-Identifier: Apache-2.0
"""What a set of age schedules must be before a curve is fitted or smoothed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import (
    ConvergenceError,
    CoverageError,
    SchemaError,
    UnitsError,
    WorkbenchError,
    raise_faults,
)
from keruen.measure._checks import cells_where, refuse_finer, refuse_negative, refuse_unpeopled
from keruen.measure._rogers_castro import Ages, Array

Missing = Literal["refuse", "skip"]

_ELDERLY: Final = 50  # terms of later life need data above this age
_TERMS: Final = ("concept", "interval_years", "definition_months")


@dataclass(frozen=True)
class Schedules:
    """Schedules as rows: ``observed`` and ``exposure (n, A)``, and how to label results.

    ``observed`` is migrants, or weight times rate when ``poisson`` is false; an age with an
    exposure of zero takes no part.
    """

    like: xr.DataArray
    groups: Ages
    observed: Array
    exposure: Array
    poisson: bool
    inputs: tuple[xr.DataArray, ...]

    @property
    def used(self) -> NDArray[np.bool_]:
        """Ages that take part, ``(n, A)``."""
        return self.exposure > 0

    @property
    def rates(self) -> Array:
        """Rates observed; missing at ages that take no part."""
        return np.divide(
            self.observed, self.exposure, out=np.full_like(self.observed, np.nan), where=self.used
        )

    @property
    def facts(self) -> dict[str, object]:
        """Attributes of the input that hold for its rates too."""
        kept = (*_TERMS, "age_width", "open_age")
        attrs = self.inputs[0].attrs
        return {name: attrs[name] for name in kept if name in attrs}

    def label(
        self, values: NDArray[Any], *, age: bool = False, first: dict[str, Any] | None = None
    ) -> xr.DataArray:
        """Rows as a labelled array; ``first`` names dimensions that follow the rows."""
        outer = [d for d in self.like.dims if d != "age"]
        shape = tuple(self.like.sizes[d] for d in outer)
        coords = {d: self.like.indexes[d] for d in outer}
        extra = {**({"age": self.like.indexes["age"]} if age else {}), **(first or {})}
        return xr.DataArray(
            values.reshape(shape + values.shape[1:]),
            dims=[*outer, *extra],
            coords={**coords, **extra},
        )

    def where(self, rows: NDArray[Any]) -> str:
        """Names of some rows, for a message."""
        labelled = self.label(rows)
        return cells_where(labelled, labelled.to_numpy()) if labelled.ndim else "the only schedule"


def age_groups(array: xr.DataArray) -> Ages:
    """Age groups that the labels of an array stand for, in ascending order of age.

    A group ends where the next begins, unless ``age_width`` says that it ends before: ages
    left out are then a gap. The last group is as wide as ``age_width``, or as the one before.
    """
    labels = np.asarray(array.indexes["age"])
    whole = np.issubdtype(labels.dtype, np.number) and bool((labels == labels.astype(int)).all())
    if not whole or (np.diff(labels) <= 0).any() or (labels < 0).any():
        raise SchemaError(
            "ages are not lower bounds in completed years, in ascending order",
            where=f"{array.name}: {', '.join(map(str, labels[:5]))} ...",
            remedy="label ages 0, 1, 2 ... or 0, 5, 10 ... and sort them",
            id="AgeGroups",
        )
    steps = np.diff(labels).astype(int)
    width = int(array.attrs.get("age_width", steps[-1] if steps.size else 1))
    steps = np.minimum(steps, width) if "age_width" in array.attrs else steps
    return Ages.of(labels, np.append(steps, width))


def single_years(array: xr.DataArray, *, name: str) -> Array:
    """Age labels of an array, refused when they are not consecutive single years."""
    ages = np.asarray(array.indexes["age"])
    if not np.issubdtype(ages.dtype, np.number) or (np.diff(ages) != 1).any():
        raise SchemaError(
            "ages are not consecutive single years",
            where=f"{name}: {', '.join(map(str, ages[:5]))} ...",
            remedy="fit a model schedule first and evaluate it at single years",
            id="AgeGroups",
        )
    return ages.astype(float)


def prepare(
    migrants: xr.DataArray,
    population: xr.DataArray | None,
    *,
    weights: xr.DataArray | None,
    missing: Missing,
) -> Schedules:
    """Check migrants and population (or rates and weights) and lay them out as rows."""
    _refuse_kind(migrants, population, weights)
    migrants = migrants.rename("migrants" if population is not None else "rates")
    beside = weights if population is None else population
    given = (migrants,) if beside is None else (migrants, beside.rename(_name(population)))
    for array in given:
        require_dims(array, "age")
    migrants, *rest = same_cells(*given)
    exposure = rest[0] if rest else xr.ones_like(migrants, dtype=float).rename("weights")
    refuse_finer(exposure, migrants)
    order = np.argsort(np.asarray(migrants.indexes["age"]), kind="stable")
    migrants, exposure = (
        a.isel(age=order).transpose(..., "age").astype(float)
        for a in (migrants, exposure.broadcast_like(migrants))
    )
    exposure = exposure.transpose(*migrants.dims)
    _refuse_cells(migrants, exposure, counts=population is not None, missing=missing)
    schedules = _rows(migrants, exposure, given, poisson=population is not None)
    _refuse_empty(schedules)
    return schedules


def _name(population: xr.DataArray | None) -> str:
    return "weights" if population is None else "population"


def _rows(
    migrants: xr.DataArray,
    exposure: xr.DataArray,
    inputs: tuple[xr.DataArray, ...],
    *,
    poisson: bool,
) -> Schedules:
    n_ages = migrants.sizes["age"]
    observed = migrants.to_numpy().reshape(-1, n_ages)
    at_risk = exposure.to_numpy().reshape(-1, n_ages)
    known = np.isfinite(observed) & np.isfinite(at_risk)
    if "open_age" in migrants.attrs:
        known &= np.asarray(migrants.indexes["age"]) < migrants.attrs["open_age"]
    observed, at_risk = np.where(known, observed, 0.0), np.where(known, at_risk, 0.0)
    if not poisson:
        observed = observed * at_risk
    return Schedules(migrants, age_groups(migrants), observed, at_risk, poisson, inputs)


def _refuse_kind(
    migrants: xr.DataArray, population: xr.DataArray | None, weights: xr.DataArray | None
) -> None:
    kind = migrants.attrs.get("kind")
    if population is None and kind == "count":
        what, remedy = "counts were given without a population", "give the population at risk"
    elif population is not None and kind in ("rate", "probability"):
        what = "rates were given together with a population"
        remedy = "give counts, or rates with weights=population"
    elif population is not None and weights is not None:
        what, remedy = "weights belong to rates", "counts are weighted by their population"
    else:
        return
    raise UnitsError(what, where=str(migrants.name or "migrants"), remedy=remedy)


def _refuse_cells(
    migrants: xr.DataArray, exposure: xr.DataArray, *, counts: bool, missing: Missing
) -> None:
    """Negative and infinite cells, missing ones, and moves of nobody: all told together."""
    faults: list[WorkbenchError] = []
    for array in (migrants, exposure):
        name = str(array.name)
        values = array.to_numpy()
        try:
            refuse_negative(array, name=name)
        except SchemaError as fault:
            faults.append(fault)
        if np.isinf(values).any():
            what = f"{name} is infinite"
            faults.append(SchemaError(what, where=cells_where(array, np.isinf(values))))
        if missing == "refuse" and np.isnan(values).any():
            faults.append(
                CoverageError(
                    f"{name} is missing",
                    where=cells_where(array, np.isnan(values)),
                    remedy="select the ages observed, or say missing='skip'",
                    id="MissingCells",
                )
            )
    if counts:
        try:
            refuse_unpeopled(migrants, exposure)
        except SchemaError as fault:
            faults.append(fault)
    raise_faults(faults, where="the schedules")


def _refuse_empty(schedules: Schedules) -> None:
    empty = np.asarray(schedules.observed.sum(axis=1) <= 0)
    if empty.any():
        raise ConvergenceError(
            "nobody moved, so that there is no age profile",
            where=schedules.where(empty),
            remedy="leave these schedules out",
            id="Unidentified",
        )


def refuse_unidentified(schedules: Schedules, components: int) -> None:
    """More parameters than ages, or terms of later life without data on it."""
    faults: list[WorkbenchError] = []
    few = schedules.used.sum(axis=1) < components
    if few.any():
        faults.append(
            ConvergenceError(
                f"{components} parameters cannot be told from fewer ages",
                where=schedules.where(few),
                remedy="fit fewer components, or give more ages",
                id="Unidentified",
            )
        )
    oldest = np.asarray(schedules.like.indexes["age"]) > _ELDERLY
    young = np.asarray(~(schedules.used & oldest).any(axis=1))
    if components > 7 and young.any():
        faults.append(
            ConvergenceError(
                f"terms of later life need data above age {_ELDERLY}",
                where=schedules.where(young),
                remedy="fit components=7",
                id="Unidentified",
            )
        )
    raise_faults(faults, where="the schedules")


def unit_energy(schedules: Schedules) -> tuple[Schedules, Array]:
    """Least squares with weights scaled so that tolerances mean the same for all units."""
    if schedules.poisson:
        return schedules, np.ones(len(schedules.observed))
    energy = 0.5 * np.nansum(schedules.observed * schedules.rates, axis=1)
    scale = 1e6 / energy
    scaled = replace(
        schedules,
        observed=schedules.observed * scale[:, None],
        exposure=schedules.exposure * scale[:, None],
    )
    return scaled, scale
