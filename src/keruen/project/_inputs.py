# SPDX-License-Identifier: Apache-2.0
"""Inputs of a projection, arranged for the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells
from keruen.core.dims import canonical_order
from keruen.core.errors import CoverageError, SchemaError, UnitsError
from keruen.project import _kernel as kernel
from keruen.project._checks import check_dims, check_values, check_years
from keruen.project._kernel import Floats
from keruen.project.lifetable import LifeTable, life_table

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.projection import Fertility
    from keruen.project.rules import Rules


@dataclass(frozen=True)
class Prepared:
    """Inputs in the order of the kernel: year first, then cells, sex and age.

    ``S``, ``asfr``, ``boys`` and ``lower`` have size 1 on the cell axes they do not vary on.
    """

    base: Floats
    S: Floats
    lower: Floats | None
    asfr: Floats
    boys: Floats
    M: Floats | None
    by_rate: bool
    fertile: slice
    years: list[int]
    coords: dict[str, pd.Index]
    year_axis: int
    rules: Rules
    inputs: tuple[xr.DataArray, ...]

    def net_migration(self, t: int, P: Floats, note: Callable[..., None]) -> Floats | float:
        """Net migrants of step ``t``, from counts or from rates on the population."""
        if self.M is None:
            return 0.0
        if self.by_rate:
            return kernel.net_from_rate(self.M[t], P, self.rules.max_out, note)
        return np.asarray(self.M[t])


def prepare(
    base: xr.DataArray,
    fertility: Fertility,
    mortality: LifeTable | xr.DataArray,
    migration: xr.DataArray | None,
    *,
    rules: Rules,
    years: Sequence[int],
) -> Prepared:
    """Check everything that can be checked before the first step, then arrange it."""
    steps = check_years(years, rules)
    survivorship, lower = survival(mortality)
    named = {
        "base": base,
        "fertility": fertility.rate,
        "sex_ratio": fertility.sex_ratio,
        "mortality": survivorship,
    }
    if migration is not None:
        named["migration"] = migration
    elif not rules.closed:
        raise CoverageError(
            "migration is missing",
            where="migration=None",
            remedy="give net migration, or Rules(closed=True) where none is meant",
            id="MissingPeriod",
        )
    check_dims(named)
    named = {name: _chosen_years(array, steps, name) for name, array in named.items()}
    named = dict(zip(named, _aligned(named), strict=True))
    check_values(named, rules, steps)
    if lower is not None:
        lower = lower.sel({dim: named["mortality"].indexes[dim] for dim in lower.dims})
    return _arrange(named, lower, steps, rules)


def survival(mortality: LifeTable | xr.DataArray) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Survivorship, and the separation of cohort deaths where a life table gives it."""
    if isinstance(mortality, LifeTable):
        return mortality.survivorship, mortality.lower_deaths
    kind = mortality.attrs.get("kind")
    if kind == "rate":
        return survival(life_table(mortality))
    if kind != "probability":
        raise UnitsError(
            "it is not stated whether mortality holds survivorship or death rates",
            where="mortality",
            remedy="set attrs['kind'] to 'probability' or 'rate', or give a LifeTable",
            id="UnitMismatch",
        )
    return mortality, None


def _chosen_years(array: xr.DataArray, steps: list[int], name: str) -> xr.DataArray:
    if "year" not in array.dims:
        return array
    index = array.indexes["year"]
    if list(index) == steps:
        return array
    missing = [year for year in steps if year not in index]
    if missing:
        raise CoverageError(
            f"{len(missing)} years of '{name}' are missing",
            where=f"first {missing[0]}; it holds {index.min()} to {index.max()}",
            remedy="give every year of the projection",
            id="MissingPeriod",
        )
    return array.sel(year=steps)


def _aligned(named: dict[str, xr.DataArray]) -> tuple[xr.DataArray, ...]:
    """Equal cells everywhere; sexes F then M; fertility over its own ages."""
    base = named["base"]
    if set(base.indexes["sex"]) != {"F", "M"}:
        raise SchemaError(
            "sexes must be F and M",
            where=f"base has {', '.join(str(s) for s in base.indexes['sex'])}",
            remedy="name them F and M, and leave the total out",
            id="ShapeMismatch",
        )
    ordered = [base.sel(sex=["F", "M"]), *list(named.values())[1:]]
    renamed = [
        array.rename(name) if name != "fertility" else array.rename(name).rename(age="fertile age")
        for name, array in zip(named, ordered, strict=True)
    ]
    # The base has no year of its own: a scalar coordinate is checked and dropped.
    renamed[0] = renamed[0].drop_vars("year", errors="ignore")
    return same_cells(*renamed)


def _arrange(
    named: dict[str, xr.DataArray], lower: xr.DataArray | None, steps: list[int], rules: Rules
) -> Prepared:
    cells = {
        str(dim): array.indexes[dim]
        for array in named.values()
        for dim in array.dims
        if dim not in ("year", "sex", "age", "fertile age")
    }
    names = [str(dim) for dim in canonical_order(cells)]
    whole = [str(dim) for dim in canonical_order([*names, "year", "sex", "age"])]
    migration = named.get("migration")
    fertile = named["base"].indexes["age"].get_indexer(named["fertility"].indexes["fertile age"])
    inner = (fertile > 0) & (fertile < named["base"].sizes["age"] - 1)
    named["fertility"] = named["fertility"].isel({"fertile age": inner})
    fertile = fertile[inner]
    ratio = cells_last(named["sex_ratio"], names)
    base = cells_last(named["base"], names, "sex", "age", year=False)
    shape = (*(len(cells[name]) for name in names), *base.shape[-2:])
    return Prepared(
        base=np.broadcast_to(base, shape),
        S=cells_last(named["mortality"], names, "sex", "age"),
        lower=None if lower is None else cells_last(lower, names, "sex", "age"),
        asfr=cells_last(named["fertility"], names, "fertile age"),
        boys=ratio / (1 + ratio),
        M=None if migration is None else cells_last(migration, names, "sex", "age"),
        by_rate=migration is not None and migration.attrs.get("kind") == "rate",
        fertile=slice(int(fertile[0]), int(fertile[-1]) + 1),
        years=steps,
        coords={
            **{name: cells[name] for name in names},
            "sex": named["base"].indexes["sex"],
            "age": named["base"].indexes["age"],
        },
        year_axis=whole.index("year"),
        rules=rules,
        inputs=tuple(named.values()),
    )


def cells_last(array: xr.DataArray, cells: list[str], *tail: str, year: bool = True) -> Floats:
    """Values with the year first, size 1 on cells the array does not have, then the tail."""
    head = ["year"] if year else []
    present = [name for name in cells if name in array.dims]
    values = array.transpose(*head, *present, *tail).to_numpy()
    absent = [axis + len(head) for axis, name in enumerate(cells) if name not in array.dims]
    return np.asarray(np.expand_dims(values, absent), dtype=float)
