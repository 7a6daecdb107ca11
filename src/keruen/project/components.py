# SPDX-License-Identifier: Apache-2.0
"""Variants: the same projection with one assumption changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import CodeError
from keruen.project._inputs import survival
from keruen.project.lifetable import LifeTable
from keruen.project.projection import Fertility

Variant = Literal[
    "medium", "high", "low", "zero_migration", "constant_fertility", "constant_mortality",
    "no_change", "instant_replacement", "momentum",
]  # fmt: skip
"""Variants of World Population Prospects that are changes of inputs only."""


@dataclass(frozen=True)
class Components:
    """Everything that moves a population.

    Parameters
    ----------
    fertility : Fertility
        Rates by age and the sex ratio at birth.
    mortality : DataArray [..., year, sex, age]
        Death rates by single age (``kind="rate"``) or survivorship (``kind="probability"``).
    migration : DataArray [..., year, sex, age], persons
        Net migrants.
    """

    fertility: Fertility
    mortality: xr.DataArray
    migration: xr.DataArray


def variant(components: Components, name: Variant, *, difference: float = 0.5) -> Components:
    """Components of a variant: the same projection with one assumption changed.

    Parameters
    ----------
    components : Components
        Medium components.
    name : str
        "high" and "low" shift total fertility; "constant_fertility" and
        "constant_mortality" hold the first year; "no_change" holds both;
        "instant_replacement" sets net reproduction to one; "momentum" does so with
        mortality held and no migration; "zero_migration" has none.
    difference : float, optional
        Children per woman by which "high" and "low" differ from the medium.

    Returns
    -------
    Components
        Components of the variant.

    Raises
    ------
    CodeError
        There is no such variant.

    See Also
    --------
    contribution_of_migration : Medium less zero migration, in two parts.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology, section on variants.

    Examples
    --------
    >>> year = {"year": [2024, 2025]}
    >>> rate = xr.DataArray([[0.1], [0.2]], coords={**year, "age": [25]}, dims=["year", "age"])
    >>> ratio = xr.DataArray([1.05, 1.05], coords=year)
    >>> given = Components(Fertility(rate, ratio), rate, rate)
    >>> variant(given, "constant_fertility").fertility.rate.values.tolist()
    [[0.1], [0.1]]
    >>> variant(given, "high").fertility.rate.values.round(3).tolist()
    [[0.6], [0.7]]
    """
    if name not in get_args(Variant):
        raise CodeError(
            f"there is no variant '{name}'",
            where="variant",
            remedy=f"choose one of {', '.join(get_args(Variant))}",
        )
    held = components
    if name in ("constant_mortality", "no_change", "momentum"):
        held = replace(held, mortality=_first_year(held.mortality))
    if name in ("constant_fertility", "no_change"):
        held = replace(held, fertility=_with_rate(held, _first_year(held.fertility.rate)))
    if name in ("zero_migration", "momentum"):
        held = replace(held, migration=(0.0 * held.migration).assign_attrs(kind="count"))
    if name in ("high", "low"):
        total = held.fertility.rate.sum("age")
        shifted = (total + (difference if name == "high" else -difference)).clip(min=0.0)
        held = replace(held, fertility=_with_rate(held, held.fertility.rate * (shifted / total)))
    if name in ("instant_replacement", "momentum"):
        reproduction = net_reproduction(held.fertility, held.mortality)
        held = replace(held, fertility=_with_rate(held, held.fertility.rate / reproduction))
    return held


def _with_rate(components: Components, rate: xr.DataArray) -> Fertility:
    rate = rate.transpose(*components.fertility.rate.dims)
    named = stamp(
        rate,
        name="asfr",
        units="births per woman-year",
        kind="rate",
        inputs=(components.fertility.rate,),
    )
    return Fertility(named, components.fertility.sex_ratio)


def _first_year(path: xr.DataArray) -> xr.DataArray:
    """The value of the first year in every year."""
    held = path.isel(year=[0] * path.sizes["year"])
    return held.assign_coords(year=path.indexes["year"]).assign_attrs(path.attrs)


def net_reproduction(fertility: Fertility, mortality: LifeTable | xr.DataArray) -> xr.DataArray:
    """Daughters per woman who survive to her age, under the rates of each year.

    Parameters
    ----------
    fertility : Fertility
        Rates by age and the sex ratio at birth.
    mortality : LifeTable or DataArray [..., year, sex, age]
        Life tables, death rates or survivorship.

    Returns
    -------
    DataArray [..., year], daughters per woman
        One where the population replaces itself.

    See Also
    --------
    variant : Uses it for replacement fertility.

    Notes
    -----
    ``sum(asfr L) / (1 + srb)`` with ``L`` the person-years of women, radix 1.

    Examples
    --------
    >>> cells = {"year": [2024], "sex": ["F"], "age": [0, 1, 2, 3]}
    >>> alive = xr.DataArray([[[1.0] * 4]], coords=cells, attrs={"kind": "probability"})
    >>> rate = xr.DataArray([[2.0]], coords={"year": [2024], "age": [1]})
    >>> ratio = xr.DataArray([1.0], coords={"year": [2024]})
    >>> net_reproduction(Fertility(rate, ratio), alive).item()
    1.0
    """
    survivorship, _ = survival(mortality)
    women = survivorship.sel(sex="F", drop=True)
    closed = women.isel(age=slice(None, -1))
    width = float(women.indexes["age"][1] - women.indexes["age"][0])
    lived = closed.cumprod("age") * width
    rate, lived = same_cells(
        fertility.rate.rename("fertility"),
        lived.sel(age=fertility.rate.indexes["age"]).rename("mortality"),
    )
    daughters = (rate * lived).sum("age") / (1 + fertility.sex_ratio)
    return stamp(
        daughters,
        name="net_reproduction",
        units="daughters per woman",
        kind="index",
        inputs=(rate, survivorship),
    )
