# SPDX-License-Identifier: Apache-2.0
"""Model age schedules of migration: rates from the parameters of Rogers and Castro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.measure._rogers_castro import GROUPS, PARAMETERS, Ages, Array, Form, terms
from keruen.measure._schedule_parameters import read_parameters

__all__ = ["rogers_castro_schedule"]


def rogers_castro_schedule(
    ages: Sequence[float] | NDArray[np.float64] | xr.DataArray,
    parameters: xr.DataArray | Mapping[str, float],
    *,
    width: int = 1,
) -> xr.DataArray:
    """Migration rates by age under the model of Rogers and Castro.

    Parameters
    ----------
    ages : sequence of float
        Ages; with ``width``, the lower bounds of age groups.
    parameters : DataArray [parameter, ...] or mapping of str to float
        Parameters by name: ``a1, alpha1, a2, alpha2, mu2, lambda2, a3, alpha3, mu3, lambda3,
        a4, lambda4, c``. A term that is left out, or whose parameters are all missing, is
        absent. Further dimensions (region, sex, year) give one schedule each.
    width : int, optional
        Years in an age group; the rate of a group is the mean of its single years.

    Returns
    -------
    DataArray [..., age], per person-year
        Rates; missing where all parameters of a schedule are missing.

    Raises
    ------
    SchemaError
        A term is incomplete, a parameter is infinite, or an age is.
    CodeError
        A parameter is not of the model.

    See Also
    --------
    fit_rogers_castro : Parameters from observed migrants.
    labour_indices : What the parameters say.

    Notes
    -----
    ``m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2)))
    + a3 exp(-alpha3 (x - mu3) - exp(-lambda3 (x - mu3))) + a4 exp(lambda4 x) + c``.
    The exponent of the first term is negative; some texts omit the sign. ``mu2`` is not
    the age at the peak: the labour term is highest at ``mu2 + ln(lambda2 / alpha2) /
    lambda2``.

    References
    ----------
    Rogers, A. and Castro, L. J. (1981). Model Migration Schedules. IIASA RR-81-30.

    Examples
    --------
    >>> fundamental = {"a1": 0.02, "alpha1": 0.1, "c": 0.003,
    ...                "a2": 0.06, "alpha2": 0.1, "mu2": 20, "lambda2": 0.4}
    >>> rates = rogers_castro_schedule(range(101), fundamental)
    >>> round(rates.sel(age=23).item(), 6), round(rates.sum().item(), 5)
    (0.037895, 1.05681)
    """
    given = read_parameters(parameters)
    points = np.asarray(ages, dtype=float)
    if points.ndim != 1 or not np.isfinite(points).all() or width < 1:
        raise SchemaError(
            "ages are not a list of finite numbers, or the width is not a year or more",
            where="ages",
            remedy="give range(101), or range(0, 100, 5) with width=5",
            id="AgeGroups",
        )
    labels = points.astype(int) if (points == np.floor(points)).all() else points
    outer = [d for d in given.dims if d != "parameter"]
    values = given.transpose(*outer, "parameter").to_numpy().reshape(-1, len(PARAMETERS))
    result = xr.DataArray(
        _rates(values, _groups(points, width)).reshape([*(given.sizes[d] for d in outer), -1]),
        dims=[*outer, "age"],
        coords={**{d: given.indexes[d] for d in outer}, "age": labels},
    )
    facts = {"age_width": width} if width > 1 else {}
    return stamp(
        result,
        name="migration_rate",
        units="per person-year",
        kind="rate",
        inputs=[given],
        **facts,
    )


def _groups(points: Array, width: int) -> Ages:
    """Runs of single years that start at any age, whole or not."""
    single = (points[:, None] + np.arange(width)).reshape(-1)
    first = np.arange(len(points), dtype=np.intp) * width
    return Ages(single, first, np.full(len(points), float(width)))


def _rates(values: Array, groups: Ages) -> Array:
    """Curves ``(n, A)`` from thirteen parameters each; an absent term adds nothing."""
    form = Form(tuple(GROUPS))
    absent = np.isnan(values).all(axis=1)
    known = np.nan_to_num(values)
    column = {name: known[:, k] for k, name in enumerate(PARAMETERS)}
    shapes = np.stack([column[name] for name in form.shapes], axis=1)
    heights = np.stack([column[name] for name in form.heights], axis=1)
    rates: Array = np.einsum("nk,nka->na", heights, terms(shapes, form, groups))
    rates[absent] = np.nan
    return rates
