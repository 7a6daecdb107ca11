# SPDX-License-Identifier: Apache-2.0
"""How many parameters of a model age schedule the data bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ConvergenceError
from keruen.core.tables import to_table
from keruen.measure._schedule_checks import Missing, prepare, refuse_unidentified
from keruen.measure.schedule_fit import Components, ScheduleFit, fit_rogers_castro

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScheduleChoice", "choose_rogers_castro"]

_ALL: Final[tuple[Components, ...]] = (7, 9, 11, 13)


@dataclass(frozen=True)
class ScheduleChoice:
    """Fits with different numbers of parameters, and which of them the data bear.

    Parameters
    ----------
    best : DataArray [...]
        Number of parameters with the lowest criterion.
    bic : DataArray [components, ...]
        Bayesian information criterion with the dispersion of the largest model.
    deviance : DataArray [components, ...]
        Deviance of each fit.
    fits : mapping of int to ScheduleFit
        The fits themselves.
    """

    best: xr.DataArray
    bic: xr.DataArray
    deviance: xr.DataArray
    fits: Mapping[int, ScheduleFit]

    def to_table(self) -> pd.DataFrame:
        """Tidy table: deviance and criterion, one row a model."""
        return to_table(self.deviance).merge(to_table(self.bic))


def choose_rogers_castro(
    migrants: xr.DataArray,
    population: xr.DataArray | None = None,
    *,
    weights: xr.DataArray | None = None,
    missing: Missing = "refuse",
) -> ScheduleChoice:
    """Model schedules with 7, 9, 11 and 13 parameters, compared.

    Parameters
    ----------
    migrants : DataArray [..., age], persons
        As for :func:`fit_rogers_castro`.
    population : DataArray [..., age], persons, optional
        As for :func:`fit_rogers_castro`.
    weights : DataArray [..., age], optional
        As for :func:`fit_rogers_castro`.
    missing : {"refuse", "skip"}, optional
        As for :func:`fit_rogers_castro`.

    Returns
    -------
    ScheduleChoice
        Models that the data cannot determine (fewer ages than parameters, nothing above
        age 50) are not among the fits.

    Raises
    ------
    SchemaError
        As for :func:`fit_rogers_castro`.
    CoverageError
        As for :func:`fit_rogers_castro`.
    UnitsError
        As for :func:`fit_rogers_castro`.
    ConvergenceError
        The data do not determine even seven parameters, or a search did not settle.

    See Also
    --------
    fit_rogers_castro : One fit.

    Notes
    -----
    ``deviance / phi + p ln n`` for p parameters and n ages, ``phi`` the dispersion of the
    largest model: migrants are more variable than Poisson counts, and without it more
    parameters would always win. A term that adds nothing at the best fit (see
    ``at_limit``) still counts as parameters.

    References
    ----------
    Burnham, K. P. and Anderson, D. R. (2002). Model Selection and Multimodel Inference,
    section 2.5 (criteria under overdispersion).

    Examples
    --------
    >>> from keruen.measure.schedules import rogers_castro_schedule
    >>> truth = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20,
    ...          "lambda2": 0.4, "a3": 0.02, "alpha3": 0.3, "mu3": 65, "lambda3": 0.5,
    ...          "c": 0.003}
    >>> people = xr.DataArray([1e5] * 91, coords={"age": range(91)}, name="population")
    >>> rates = rogers_castro_schedule(range(91), truth).drop_attrs()
    >>> choose_rogers_castro((people * rates).round(), people).best.item()
    11
    """
    schedules = prepare(migrants, population, weights=weights, missing=missing)
    refuse_unidentified(schedules, _ALL[0])
    models: list[Components] = []
    for model in _ALL:
        try:
            refuse_unidentified(schedules, model)
        except ConvergenceError:
            continue
        models.append(model)
    fits: dict[int, ScheduleFit] = {
        model: fit_rogers_castro(
            migrants, population, components=model, weights=weights, missing=missing
        )
        for model in models
    }
    labels = xr.DataArray(models, coords={"components": models})
    deviance = xr.concat([fits[model].deviance for model in models], dim=labels)
    n = fits[models[0]].observed.notnull().sum("age")
    bic = deviance / fits[models[-1]].dispersion + labels * np.log(n)
    best = labels[bic.argmin("components")].drop_vars("components")
    inputs = schedules.inputs
    return ScheduleChoice(
        best=stamp(best, name="best", units="parameters", kind="index", inputs=inputs),
        bic=stamp(bic, name="bic", units="1", kind="index", inputs=inputs),
        deviance=stamp(deviance, name="deviance", units="1", kind="index", inputs=inputs),
        fits=fits,
    )
