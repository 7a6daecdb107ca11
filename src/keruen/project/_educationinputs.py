# SPDX-License-Identifier: Apache-2.0
"""What a projection of attainment takes, checked and laid out as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import (
    CoverageError,
    InfeasibleError,
    ScenarioError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.project._checks import first_cell
from keruen.project._education import ADULT, Floats
from keruen.project.attainment import SCHOOL_AGES, check_ratios

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.projection import Fertility

_STEP: Final = 5
_ADDS: Final = 1e-6


@dataclass(frozen=True)
class EducationInputs:
    """Plain arrays: (..., year, sex, age), levels last; leading axes broadcast."""

    lead: dict[str, Any]
    years: list[int]
    sexes: list[str]
    ages: list[int]
    levels: list[str]
    shares: Floats
    totals: Floats
    ratios: Floats
    survival: Floats
    level_survival: Floats | None
    migrants: Floats | None
    mix: Floats | None
    asfr: Floats | None
    by_sex: Floats
    relative: Floats
    filled: pd.DataFrame

    def join_migrants(self, t: int, ahead: Floats) -> Floats:
        """Net migrants join with their own mix; those of residents where none is told."""
        if self.migrants is None:
            return ahead
        net = self.migrants[..., t, :, ADULT:, None]
        total = ahead.sum(-1, keepdims=True)
        mix = self.mix
        if mix is None:
            mix = np.divide(ahead, total, out=np.zeros_like(ahead), where=total > 0)
        joined: Floats = ahead + net * mix
        bad = joined < -1e-9 * np.maximum(1.0, total)
        if bad.any():
            place = np.argwhere(bad)[0]
            raise InfeasibleError(
                f"more people of '{self.levels[place[-1]]}' leave than are there",
                where=f"age={self.ages[ADULT + place[-2]]}, year={self.years[t + 1]}",
                remedy="give the mix of those who leave, or let them carry that of residents",
            )
        return np.maximum(joined, 0.0)


def education_inputs(
    base: xr.DataArray,
    totals: xr.DataArray,
    ratios: xr.DataArray,
    survival: xr.DataArray,
    *,
    levels: list[str],
    migration: xr.DataArray | None,
    mix: xr.DataArray | None,
    fertility: Fertility | None,
    relative: xr.DataArray | None,
    free: bool,
) -> EducationInputs:
    """Check everything, all faults at once, and lay it out."""
    require_dims(base, "sex", "age", "education", name="base")
    require_dims(totals, "year", "sex", "age", name="totals")
    check_ratios(ratios)
    require_dims(survival, "year", "sex", "age", name="survival")
    years, ages = _axes(totals)
    raise_faults(
        _faults(
            base,
            totals,
            survival,
            levels=levels,
            migration=migration,
            mix=mix,
            fertility=fertility,
            free=free,
        )
    )
    later = years[1:]
    _cover(years[1:], ratios=ratios, survival=survival, migration=migration)
    own = (base, totals, ratios, survival, migration, mix, relative)
    lead = _lead([each for each in own if each is not None])
    sexes = [str(sex) for sex in totals.indexes["sex"]]
    order = {"sex": sexes, "age": ages[ADULT:], "education": levels}
    tail = ["sex", "age", "education"]
    shares, filled = _base_shares(base.sel(order), lead)
    in_time = {"year": later, "sex": sexes}
    school = [age for age in SCHOOL_AGES if age in ages]
    up = ratios.sel({**in_time, "age": school, "education": levels[:-1]}).fillna(0.0)
    S, by_level = _survival(survival.sel({**in_time, "age": ages}), lead, levels)
    asfr, boys = _fertility(fertility, lead, later, sexes, [age for age in ages if 15 <= age < 50])
    share = None if mix is None else _plain(mix.sel(order), lead, tail)
    _cover(later if relative is not None and "year" in relative.dims else [], ratio=relative)
    factor = np.ones((len(later), 1, len(levels)))
    if relative is not None:
        part = relative.sel(education=levels)
        part = part.sel(year=later) if "year" in part.dims else part.expand_dims(year=later)
        factor = _plain(part, lead, ["year", "education"])[..., None, :]
    return EducationInputs(
        lead=lead, years=years, sexes=sexes, ages=ages, levels=levels,
        shares=shares,
        totals=_plain(totals, lead, ["year", "sex", "age"]),
        ratios=_plain(up, lead, ["year", *tail]),
        survival=S, level_survival=by_level,
        migrants=None if migration is None else _plain(
            migration.sel({**in_time, "age": ages}), lead, ["year", "sex", "age"]),
        mix=share, asfr=asfr, by_sex=boys, relative=factor, filled=filled,
    )  # fmt: skip


def _axes(totals: xr.DataArray) -> tuple[list[int], list[int]]:
    years = [int(year) for year in totals.indexes["year"]]
    ages = [int(age) for age in totals.indexes["age"]]
    if len(years) < 2 or set(np.diff(years)) != {_STEP}:
        raise CoverageError(
            "years do not follow each other by 5",
            where=f"totals has years {few(years)}",
            remedy="give range(first, last + 1, 5)",
            id="MissingPeriod",
        )
    if ages[0] != 0 or set(np.diff(ages)) != {_STEP} or ages[-1] < SCHOOL_AGES[-1] + _STEP:
        raise SchemaError(
            "ages are not five-year groups from 0",
            where=f"totals has ages {few(ages)}",
            remedy="group them: 0, 5, 10 ... with the last group open",
            id="ShapeMismatch",
        )
    return years, ages


def _cover(years: list[int], **named: xr.DataArray | None) -> None:
    for name, array in named.items():
        lacks = [] if array is None else [y for y in years if y not in array.indexes["year"]]
        if lacks:
            raise CoverageError(
                f"'{name}' lacks {few(lacks)}",
                where=name,
                remedy="give the periods that end in every year of the totals after the first",
                id="MissingPeriod",
            )


def _lead(arrays: list[xr.DataArray]) -> dict[str, Any]:
    """Dimensions beside the core ones, with equal labels wherever they stand."""
    core = {"year", "sex", "age", "education"}
    same_cells(*(_named(array, n) for n, array in enumerate(arrays)), exclude=sorted(core))
    found: dict[str, Any] = {}
    for array in arrays:
        found |= {
            str(dim): array.indexes[dim]
            for dim in array.dims
            if dim not in core and dim not in found
        }
    return found


def _named(array: xr.DataArray, number: int) -> xr.DataArray:
    return array if array.name else array.rename(f"input {number + 1}")


def _plain(array: xr.DataArray, lead: dict[str, Any], tail: list[str]) -> Floats:
    """Values with every leading axis, of length 1 where the array does not have it."""
    ordered = array.sel({dim: labels for dim, labels in lead.items() if dim in array.dims})
    missing = [dim for dim in (*lead, *tail) if dim not in ordered.dims]
    wide = ordered.expand_dims(missing) if missing else ordered
    return wide.transpose(*lead, *tail).to_numpy().astype(float)


def _base_shares(base: xr.DataArray, lead: dict[str, Any]) -> tuple[Floats, pd.DataFrame]:
    """Mix of every sex and age; empty groups take that of the next younger one."""
    import pandas as pd

    people = _plain(base, lead, ["sex", "age", "education"])
    total = people.sum(-1)
    empty = total <= 0
    shares = np.divide(people, total[..., None], out=np.zeros_like(people),
                       where=total[..., None] > 0)  # fmt: skip
    for x in range(1, shares.shape[-2]):
        shares[..., x, :] = np.where(empty[..., x, None], shares[..., x - 1, :], shares[..., x, :])
    bare = shares.sum(-1) <= 0
    if bare.any():
        at = np.argwhere(bare)[0]
        place = [f"{dim}={lead[dim][i]}" for dim, i in zip(lead, at, strict=False)]
        raise CoverageError(
            "nobody of 15 to 19 has an education",
            where=", ".join(["base", *place]),
            remedy="give attainment from 15 to 19 on for every place and sex",
            id="MissingPeriod",
        )
    dims = [*(dim for dim in lead), "sex", "age"]
    labels = [np.asarray(lead[dim]) if dim in lead else base[dim].to_numpy() for dim in dims]
    where = np.nonzero(empty)
    columns = {
        dim: label[at] if len(label) == size else np.full(len(at), "all")
        for dim, label, at, size in zip(dims, labels, where, empty.shape, strict=True)
    }
    reason = "nobody in the base: mix of the next younger group"
    return shares, pd.DataFrame(columns).assign(reason=reason)


def _survival(
    survival: xr.DataArray, lead: dict[str, Any], levels: list[str]
) -> tuple[Floats, Floats | None]:
    """Survival of all, and of levels into the groups from 20 where they were given."""
    if "education" not in survival.dims:
        return _plain(survival, lead, ["year", "sex", "age"]), None
    ordered = survival.sel(education=levels)
    crossing = ordered.diff("education").to_numpy() < -_ADDS
    if crossing.any():
        raise InfeasibleError(
            "survival by education crosses: a lower level outlives a higher one",
            where=f"survival at {first_cell(ordered.diff('education'), crossing)}",
            remedy="let survival rise with education in every sex and age",
        )
    each = _plain(ordered, lead, ["year", "sex", "age", "education"])
    # children have no education yet: the lowest level stands for all of them
    return each[..., 0], each[..., ADULT + 1 :, :]


def _fertility(
    fertility: Fertility | None,
    lead: dict[str, Any],
    years: list[int],
    sexes: list[str],
    ages: list[int],
) -> tuple[Floats | None, Floats]:
    """Rates of 15 to 49 and the share of each sex among the newborn."""
    if fertility is None:
        return None, np.full((1, len(sexes)), 0.5)
    _cover(years, fertility=fertility.rate, sex_ratio=fertility.sex_ratio)
    rate = fertility.rate.sel(year=years).reindex(age=ages, fill_value=0.0)
    boys = _plain(fertility.sex_ratio.sel(year=years), lead, ["year"])
    male = boys / (1 + boys)
    parts = np.stack([male if sex == "M" else 1 - male for sex in sexes], axis=-1)
    return _plain(rate, lead, ["year", "age"]), parts


def _faults(
    base: xr.DataArray,
    totals: xr.DataArray,
    survival: xr.DataArray,
    *,
    levels: list[str],
    migration: xr.DataArray | None,
    mix: xr.DataArray | None,
    fertility: Fertility | None,
    free: bool,
) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    lacks = [level for level in levels if level not in base.indexes["education"]]
    lacks += [str(age) for age in totals.indexes["age"][ADULT:] if age not in base.indexes["age"]]
    if lacks:
        faults.append(
            CoverageError(
                f"'base' lacks {few(lacks)}",
                where="base",
                remedy="give every level, and every age of the totals from 15",
                id="MissingPeriod",
            )
        )
    adults = base.sel(age=base["age"] >= SCHOOL_AGES[0])
    bounds = {"base": (adults, np.inf), "totals": (totals, np.inf),
              "survival": (survival, 1.0)}  # fmt: skip
    for name, (array, high) in bounds.items():
        values = array.to_numpy()
        wrong = ~((values >= 0) & (values <= high))
        if wrong.any():
            faults.append(
                SchemaError(
                    f"{int(wrong.sum())} values are negative, missing or too high",
                    where=f"{name} at {first_cell(array, wrong)}",
                    remedy="people are 0 or more, survival lies in 0 to 1; say 0 for nobody",
                    id="NegativeInput",
                )
            )
    faults += _mix_faults("migrant_mix", mix)
    if base.attrs.get("kind") == "share":
        faults += _mix_faults("base", adults)
    if free and fertility is None:
        faults.append(
            ScenarioError(
                "totals that follow from the components need fertility",
                where="fertility",
                remedy="give fertility, or agree with a projection",
                id="RuleError",
            )
        )
    if mix is not None and migration is None:
        faults.append(
            ScenarioError(
                "a mix of migrants is given, and no migrants",
                where="migrant_mix",
                remedy="give migration too",
                id="RuleError",
            )
        )
    return faults


def _mix_faults(name: str, mix: xr.DataArray | None) -> list[WorkbenchError]:
    if mix is None:
        return []
    whole = 100.0 if mix.attrs.get("units") == "percent" else 1.0
    total = mix.sum("education")
    added = total.to_numpy()
    worst = (np.abs(added - whole) > _ADDS * whole) & (added != 0)
    if not worst.any():
        return []
    return [
        SchemaError(
            f"shares of levels add to {float(added[worst].flat[0]):g}",
            where=f"{name} at {first_cell(total, worst)}",
            remedy=f"let the levels of each sex and age add to {whole:g}",
            id="SharesDoNotAddUp",
        )
    ]
