# SPDX-License-Identifier: Apache-2.0
"""Life tables, survivorship, and rates carried to single years and to the oldest ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ConvergenceError, SchemaError
from keruen.project import _lifetable as kernel
from keruen.project._checks import check_rates
from keruen.project._lifetable import Floats, InfantRule
from keruen.project.graduation import fit_life_expectancy, graduate_mortality

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LifeTable",
    "extend_old_age",
    "fit_life_expectancy",
    "graduate_mortality",
    "life_table",
]

Sex = Literal["F", "M"]

_FIELDS: Final[
    Mapping[str, tuple[str, Literal["rate", "probability", "count", "index", "share"]]]
] = {
    "rate": ("per person-year", "rate"),
    "separation": ("years", "index"),
    "probability": ("probability", "probability"),
    "survivors": ("persons of a radix of 1", "count"),
    "deaths": ("persons of a radix of 1", "count"),
    "person_years": ("person-years of a radix of 1", "count"),
    "years_above": ("person-years of a radix of 1", "count"),
    "expectancy": ("years", "index"),
    "survivorship": ("probability", "probability"),
    "lower_deaths": ("share of a cohort's deaths", "share"),
}


_GROUPED: Final = ("survivorship", "lower_deaths")
"""Columns over groups of equal width: an abridged table has 0-4 in place of 0 and 1-4."""


@dataclass(frozen=True)
class LifeTable:
    """The columns of a life table, radix 1.

    Parameters
    ----------
    rate : DataArray [..., age], per person-year
        Death rates ``m``.
    separation : DataArray [..., age], years
        ``a``: years lived in the interval by those who die in it.
    probability : DataArray [..., age], probability
        ``q``: probability of dying in the interval.
    survivors : DataArray [..., age], persons
        ``l``: survivors to the exact age.
    deaths : DataArray [..., age], persons
        ``d``: deaths in the interval.
    person_years : DataArray [..., age], person-years
        ``L``: years lived in the interval.
    years_above : DataArray [..., age], person-years
        ``T``: years lived from the age on.
    expectancy : DataArray [..., age], years
        ``e``: expectation of life at the exact age.
    survivorship : DataArray [..., age], probability
        ``S``: survival into each age group of equal width; from birth into the first,
        and of the last two groups together into the last.
    lower_deaths : DataArray [..., age], share
        Share of a cohort's deaths between one group and the next that fall in the lower.
    """

    rate: xr.DataArray
    separation: xr.DataArray
    probability: xr.DataArray
    survivors: xr.DataArray
    deaths: xr.DataArray
    person_years: xr.DataArray
    years_above: xr.DataArray
    expectancy: xr.DataArray
    survivorship: xr.DataArray
    lower_deaths: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row an age, one column a quantity; those of five-year groups are left out.

        Returns
        -------
        DataFrame
            The columns of the table that share the ages of the death rates.
        """
        same = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name).sizes["age"] == self.rate.sizes["age"]
        }
        return xr.Dataset(same).to_dataframe().reset_index()


def age_widths(ages: Floats) -> Floats:
    """Widths of age groups from their lower bounds; the open group is given width 1.

    Parameters
    ----------
    ages : ndarray
        Lower bounds, from 0 upwards.

    Returns
    -------
    ndarray
        One width a group.

    Raises
    ------
    SchemaError
        The ages are neither single years nor 0, 1-4, 5-9 and so on (``ShapeMismatch``).
    """
    width = np.append(np.diff(ages), 1).astype(float)
    closed = width[:-1]
    single = len(ages) >= 2 and bool((closed == 1).all())
    abridged = len(ages) >= 5 and list(closed[:2]) == [1, 4] and bool((closed[2:] == 5).all())
    if ages[0] != 0 or not (single or abridged):
        raise SchemaError(
            "ages are neither single years nor 0, 1-4, 5-9 ...",
            where=f"age begins {', '.join(str(age) for age in ages[:4])}",
            remedy="give rates for 0, 1, 2 ... or for 0, 1, 5, 10 ..., the last group open",
            id="ShapeMismatch",
        )
    return width


def _by_sex(mx: xr.DataArray, sex: Sex | None) -> list[tuple[Sex, tuple[slice | int, ...]]]:
    """The sexes of the rates, each with its place in the array."""
    if "sex" not in mx.dims:
        if sex not in ("F", "M"):
            raise SchemaError(
                "the sex of the death rates is not stated",
                where="mx has no dimension 'sex'",
                remedy="give sex='F' or sex='M': years lived by infants who die differ",
            )
        return [(sex, (slice(None),) * (mx.ndim - 1))]
    labels = [str(label) for label in mx.indexes["sex"]]
    if not set(labels) <= {"F", "M"}:
        raise SchemaError(
            "a life table is made for women or men",
            where=f"sex has {', '.join(labels)}",
            remedy="select sex=['F', 'M']",
        )
    before = (slice(None),) * mx.dims.index("sex")
    return [("F" if label == "F" else "M", (*before, i)) for i, label in enumerate(labels)]


def life_table(mx: xr.DataArray, *, sex: Sex | None = None, infant: InfantRule = "ak") -> LifeTable:
    """Life tables from death rates, for any number of populations at once.

    Parameters
    ----------
    mx : DataArray [..., age], per person-year
        Death rates by single age, or for 0, 1-4, 5-9 and so on; the last group is open.
    sex : {"F", "M"}, optional
        Sex of the rates when they have no dimension ``sex``.
    infant : {"ak", "cd"}, optional
        Years lived by infants who die: Andreev and Kingkade, or Coale and Demeny.

    Returns
    -------
    LifeTable
        Every column shaped as ``mx``; survivorship of an abridged table has five-year ages.

    Raises
    ------
    CoverageError
        A rate is missing (``MissingPeriod``).
    SchemaError
        A rate is negative, ages are irregular, or the sex is unknown.
    ConvergenceError
        The open group has survivors and no deaths, so that its length is unknown
        (``Unidentified``).

    See Also
    --------
    extend_old_age : Rates beyond the last observed age.

    Notes
    -----
    ``q = n m / (1 + (n - a) m)``, at most 1; ``L = n l' + a d``; open group ``L = l / m``.
    From age 15 an abridged table takes Greville's
    ``a = 2.5 - 25/12 (m - 0.1 ln(m'/m))``, at least 0.97 from age 45.
    The last two groups share one survivorship, ``T(last) / T(last - 1)``.

    References
    ----------
    Andreev, E., Kingkade, W. (2015). Demographic Research 33, 363-390.
    Preston, S., Heuveline, P., Guillot, M. (2001). Demography. Blackwell, chapter 3.

    Examples
    --------
    >>> ages = list(range(101))
    >>> rate = xr.DataArray([0.01] * 100 + [0.5], coords={"age": ages})
    >>> table = life_table(rate, sex="F")
    >>> round(table.expectancy.sel(age=0).item(), 4)
    63.9468
    """
    check_rates(mx)
    mx = mx.transpose(..., "age")
    width = age_widths(mx.indexes["age"].to_numpy())
    abridged = width[1] == 4
    m = mx.to_numpy().astype(float)
    groups = m.shape[-1] - 1 if abridged else m.shape[-1]
    found = {name: np.empty((*m.shape[:-1], _width_of(name, m, groups))) for name in _FIELDS}
    for sex_of, place in _by_sex(mx, sex):
        parts = _one_sex(m[place], width, sex_of, infant)
        for name, values in parts.items():
            found[name][place] = values
    ages = {True: mx.drop_sel(age=1) if abridged else mx, False: mx}
    return LifeTable(
        **{
            name: stamp(
                ages[name in _GROUPED].copy(data=found[name]),
                name=name,
                units=units,
                kind=kind,
                inputs=(mx,),
            )
            for name, (units, kind) in _FIELDS.items()
        }
    )


def _width_of(name: str, m: Floats, groups: int) -> int:
    return groups if name in _GROUPED else int(m.shape[-1])


def _one_sex(m: Floats, width: Floats, sex: Sex, infant: InfantRule) -> dict[str, Floats]:
    """Every column of the tables of one sex, by name."""
    c = kernel.columns(m, kernel.separation(m, width, sex, infant), width)
    endless = ~np.isfinite(c.L[..., -1])
    if endless.any():
        raise ConvergenceError(
            "nobody dies in the open age group, so its person-years are infinite",
            where=f"{int(endless.sum())} tables of sex {sex}",
            remedy="give a rate above 0 for the last age, or extend the rates with extend_old_age",
            id="Unidentified",
        )
    abridged = width[1] == 4
    L = kernel.merge_infants(c.L) if abridged else c.L
    l = np.delete(c.l, 1, axis=-1) if abridged else c.l  # noqa: E741
    interval = 5 if abridged else 1
    return {
        "rate": m,
        **dict(zip(list(_FIELDS)[1:8], c, strict=True)),
        "survivorship": kernel.survivorship(L, interval),
        "lower_deaths": kernel.lower_deaths(L, l, interval),
    }


def extend_old_age(mx: xr.DataArray, *, to: int = 130, fit_from: int = 80) -> xr.DataArray:
    """Death rates by single age carried on to an older open group by the Kannisto law.

    Parameters
    ----------
    mx : DataArray [..., age], per person-year
        Rates by single age; the last group is open and is replaced.
    to : int, optional
        Lower bound of the new open group.
    fit_from : int, optional
        First age of the fit, 80 or above.

    Returns
    -------
    DataArray [..., age], per person-year
        Rates from 0 to the new open age; the closed ages observed are kept.

    Raises
    ------
    SchemaError
        Ages are not single years, or fewer than five closed ages reach above ``fit_from``.
    ConvergenceError
        A rate used for the fit is 0, or 1 or more (``Unidentified``).

    See Also
    --------
    life_table : Life tables from the rates.

    Notes
    -----
    ``m(x) = A exp(B (x - 80)) / (1 + A exp(B (x - 80)))``, by least squares of the logit
    over the closed ages from ``fit_from``.

    References
    ----------
    Thatcher, A., Kannisto, V., Vaupel, J. (1998). The Force of Mortality at Ages 80 to 120.

    Examples
    --------
    >>> odds = 0.05 * np.exp(0.1 * (np.arange(101.0) - 80))
    >>> rate = xr.DataArray(odds / (1 + odds), coords={"age": range(101)})
    >>> round(extend_old_age(rate).sel(age=110).item(), 6)
    0.501067
    """
    check_rates(mx)
    mx = mx.transpose(..., "age")
    ages = mx.indexes["age"].to_numpy()
    width = age_widths(ages)
    used = slice(int(fit_from), len(ages) - 1)
    if width[1] != 1 or len(ages[used]) < 5 or to <= ages[-1]:
        raise SchemaError(
            "the rates cannot be extended",
            where=f"ages {ages[0]} to {ages[-1]}, fit from {fit_from}, extension to {to}",
            remedy="give single ages to 85 or above, and extend beyond the last of them",
        )
    m = mx.to_numpy().astype(float)
    observed = m[..., used]
    if ((observed <= 0) | (observed >= 1)).any():
        raise ConvergenceError(
            "rates of 0, or of 1 and more, have no logit",
            where=f"mx at ages {fit_from} to {ages[-2]}",
            remedy="smooth the rates, or fit over ages with deaths",
            id="Unidentified",
        )
    new_ages = np.arange(to + 1)
    log_A, B = kernel.kannisto(observed, ages[used].astype(float))
    beyond = kernel.kannisto_rates(log_A, B, new_ages[len(ages) - 1 :].astype(float))
    extended = np.concatenate([m[..., :-1], beyond], axis=-1)
    coords = {dim: mx.indexes[dim] for dim in mx.dims if dim != "age"} | {"age": new_ages}
    result = xr.DataArray(extended, coords=coords, dims=mx.dims)
    return stamp(result, name="mx", units="per person-year", kind="rate", inputs=(mx,))
