# SPDX-License-Identifier: Apache-2.0
"""Fit of model age schedules to observed migrants, without start values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.core.errors import ConvergenceError, SchemaError
from keruen.core.tables import to_table
from keruen.measure._rogers_castro import BOUNDS, PARAMETERS, Array, Form, form_of
from keruen.measure._schedule_checks import (
    Missing,
    Schedules,
    prepare,
    refuse_unidentified,
    unit_energy,
)
from keruen.measure.model_schedules import rogers_castro_schedule

if TYPE_CHECKING:
    import pandas as pd

    from keruen.measure._schedule_variance import Uncertainty
    from keruen.measure._varpro import Search, State

__all__ = ["Components", "ScheduleFit", "fit_rogers_castro"]

Components = Literal[7, 9, 11, 13]
"""Number of parameters: child and labour terms (7), with the rise of old age (9), with the
retirement peak (11), with both (13)."""

_CORRELATED: Final = 0.98
_LARGEST_EXPONENT: Final = 700.0


@dataclass(frozen=True)
class ScheduleFit:
    """Fitted model schedules, one for each cell of the dimensions other than age.

    Parameters
    ----------
    components : {7, 9, 11, 13}
        Number of parameters.
    parameters : DataArray [parameter, ...]
        Estimates, in the order of the literature.
    observed : DataArray [..., age], per person-year
        Rates observed; missing at ages that took no part.
    fitted : DataArray [..., age], per person-year
        Rates of the model at all ages given.
    lower, upper : DataArray [..., age], per person-year
        Interval of the fitted rate; it holds if the form of the curve does.
    deviance : DataArray [...]
        Poisson deviance, or weighted sum of squares when rates were fitted.
    dispersion : DataArray [...]
        Pearson's statistic over degrees of freedom; for counts never less than 1.
    covariance : DataArray [parameter, other_parameter, ...]
        Of the estimates, times the dispersion; missing for parameters at a limit.
    condition : DataArray [...]
        Condition number of the scaled derivatives: above a few hundred the parameters
        are not separately determined, though the curve may be.
    at_limit : DataArray [parameter, ...]
        Heights of zero, shapes on a bound, and shapes of a term of height zero.
    steps : DataArray [...]
        Steps that the search took from the best of its starts.
    """

    components: int
    parameters: xr.DataArray
    observed: xr.DataArray
    fitted: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    deviance: xr.DataArray
    dispersion: xr.DataArray
    covariance: xr.DataArray
    condition: xr.DataArray
    at_limit: xr.DataArray
    steps: xr.DataArray

    def schedule(self, ages: Sequence[float], *, width: int = 1) -> xr.DataArray:
        """Rates of the fitted curves at other ages, as :func:`rogers_castro_schedule`."""
        return rogers_castro_schedule(ages, self.parameters, width=width)

    def correlation(self) -> xr.DataArray:
        """Correlation of the estimates, ``[parameter, other_parameter, ...]``."""
        covariance = self.covariance
        names = covariance.coords["parameter"].to_numpy()
        own = xr.DataArray(
            np.eye(len(names), dtype=bool), coords={"parameter": names, "other_parameter": names}
        )
        variance = covariance.where(own, 0)
        one = variance.sum("other_parameter") ** 0.5
        other = variance.sum("parameter") ** 0.5
        return stamp(
            covariance / (one * other).where(one * other > 0),
            name="correlation",
            units="1",
            kind="index",
            inputs=[covariance],
        )

    def flags(self) -> pd.DataFrame:
        """What not to read into parameters.

        One row a parameter at a limit, or a pair that the data hardly tell apart: a
        correlation beyond 0.98 either way.
        """
        import pandas as pd

        limits = to_table(self.at_limit.rename("flag"))
        limits = limits[limits["flag"]].assign(flag="at a limit", correlation=np.nan)
        pairs = to_table(self.correlation())
        rank = {name: k for k, name in enumerate(PARAMETERS)}
        below = pairs["parameter"].map(rank) < pairs["other_parameter"].map(rank)
        pairs = pairs[below & (pairs["correlation"].abs() > _CORRELATED)]
        pairs = pairs.assign(flag="not told apart")
        table = pd.concat([limits, pairs], ignore_index=True)
        keys = [str(d) for d in self.deviance.dims]
        return table.reindex(columns=[*keys, "parameter", "other_parameter", "flag", "correlation"])

    def to_table(self) -> pd.DataFrame:
        """Tidy table: observed and fitted rates with their interval, one row an age."""
        import pandas as pd

        names = ("observed", "fitted", "lower", "upper")
        tables = [to_table(getattr(self, name).rename(name)) for name in names]
        return pd.concat([tables[0], *(table.iloc[:, -1] for table in tables[1:])], axis=1)


def fit_rogers_castro(
    migrants: xr.DataArray,
    population: xr.DataArray | None = None,
    *,
    components: Components = 7,
    weights: xr.DataArray | None = None,
    missing: Missing = "refuse",
    limits: Mapping[str, tuple[float, float]] | None = None,
    level: float = 0.95,
) -> ScheduleFit:
    """Model age schedules of Rogers and Castro fitted to migrants and population.

    Parameters
    ----------
    migrants : DataArray [..., age], persons
        Migrants by age, single years or groups; all other dimensions (region, sex, year)
        give one schedule each. Without a population: rates.
    population : DataArray [..., age], persons, optional
        Population at risk, by the same ages.
    components : {7, 9, 11, 13}, optional
        Number of parameters; see :func:`choose_rogers_castro`.
    weights : DataArray [..., age], optional
        Weights of rates, when no population is given; equal weights otherwise.
    missing : {"refuse", "skip"}, optional
        Whether a missing cell is an error, or an age that takes no part.
    limits : mapping of str to (float, float), optional
        Limits of shape parameters in place of the usual ones.
    level : float, optional
        Probability that the interval of a fitted rate covers.

    Returns
    -------
    ScheduleFit

    Raises
    ------
    SchemaError
        A count is negative or infinite, somebody moved where nobody lives, or ages are not
        lower bounds of groups.
    CoverageError
        Labels differ, or a cell is missing.
    UnitsError
        Counts without a population, or rates with one.
    ConvergenceError
        Nobody moved, fewer ages than parameters, or no data above age 50 for the terms of
        later life (all ``Unidentified``); or the search did not settle (``NotConverged``).

    See Also
    --------
    rogers_castro_schedule : The curve itself.
    choose_rogers_castro : How many parameters the data bear.
    smooth_schedule : Smoothing without a model.

    Notes
    -----
    Migrants are taken as Poisson counts with mean ``population * m(age)``; rates are fitted
    by weighted least squares. The curve is linear in its heights ``a1`` to ``a4`` and ``c``:
    for given shapes these solve a convex problem with heights of zero or more, so that only
    one to eight shapes are searched (variable projection; Golub and Pereyra 1973), from 24
    fixed starts and within limits: ``alpha1`` .01 to 1; ``alpha2, alpha3`` .02 to 1; ``mu2``
    15 to 35; ``mu3`` 55 to 75; ``lambda2, lambda3`` .05 to 1.2; ``lambda4`` 0 to .06. The
    result is the same on every run and does not depend on which other schedules are fitted
    with it.

    The rate of an age group is the mean of ``m`` over its single years, not the value at
    its midpoint. An open last group (``open_age`` in the attributes) takes no part, since
    its ages are not known. Do not pass ages that a question could not reach: a census
    question on residence five years ago says nothing on ages 0 to 4, and their zeros are
    not rates.

    The curve is usually well determined and its parameters often are not: ``a4``,
    ``lambda4`` and ``c`` above all. Look at ``condition`` and ``flags()`` before a parameter
    is read as a finding. Covariances are scaled by the dispersion, because migrants move in
    families and samples carry weights.

    References
    ----------
    Rogers, A. and Castro, L. J. (1981). Model Migration Schedules. IIASA RR-81-30.
    Golub, G. H. and Pereyra, V. (1973). SIAM J. Numerical Analysis 10(2), 413-432.

    Examples
    --------
    >>> truth = {"a1": 0.02, "alpha1": 0.1, "c": 0.003,
    ...          "a2": 0.06, "alpha2": 0.1, "mu2": 20, "lambda2": 0.4}
    >>> rates = rogers_castro_schedule(range(91), truth)
    >>> people = xr.full_like(rates, 1e6).rename("population")
    >>> people.attrs = {"units": "persons", "kind": "count"}
    >>> fit = fit_rogers_castro((people * rates).rename("migrants"), people)
    >>> fit.parameters.sel(parameter=["a2", "mu2", "lambda2"]).values.round(4).tolist()
    [0.06, 20.0, 0.4]
    """
    from keruen.measure._schedule_search import fit
    from keruen.measure._schedule_variance import uncertainty
    from keruen.measure._threads import one_thread
    from keruen.measure._varpro import Search, Series

    form = _form(components)
    if not 0 < level < 1:
        raise SchemaError("the level is not between 0 and 1", where="level", remedy="give 0.95")
    schedules = prepare(migrants, population, weights=weights, missing=missing)
    refuse_unidentified(schedules, components)
    scaled, scale = unit_energy(schedules)
    series = Series(scaled.observed, scaled.exposure, scaled.poisson)
    search = Search(form, schedules.groups, *form.bounds(_limits(limits)))
    with one_thread():
        state = fit(series, search)
        _refuse_unsettled(schedules, state)
        spread = uncertainty(series, search, state)
    return _result(schedules, search, state, spread, scale=scale, level=level)


def _form(components: int) -> Form:
    if components not in get_args(Components):
        raise SchemaError(
            f"there is no model of {components} parameters",
            where="components",
            remedy="choose 7, 9, 11 or 13",
        )
    return form_of(components)


def _limits(limits: Mapping[str, tuple[float, float]] | None) -> dict[str, tuple[float, float]]:
    """The usual limits of shapes, with those of the caller in their place."""
    for name, (low, high) in (limits or {}).items():
        if name not in BOUNDS or not (0 <= low < high < np.inf):
            raise SchemaError(
                f"limits of '{name}' are not two numbers of a shape parameter: {low}, {high}",
                where="limits",
                remedy=f"name one of {', '.join(BOUNDS)}, lower limit first, none below 0",
                id="BadLimits",
            )
    return {**BOUNDS, **(limits or {})}


def _refuse_unsettled(schedules: Schedules, state: State) -> None:
    if not state.settled.all():
        raise ConvergenceError(
            "the search did not settle",
            where=schedules.where(~state.settled),
            remedy="fit fewer components: the data do not determine so many",
            id="NotConverged",
            diagnostics={
                "steps": int(state.steps.max()),
                "half_deviance_to_win": float(state.decrement[~state.settled].max() / 2),
            },
        )


def _result(
    schedules: Schedules,
    search: Search,
    state: State,
    spread: Uncertainty,
    *,
    scale: Array,
    level: float,
) -> ScheduleFit:
    form = search.form
    names = list(form.parameters)
    order = [(*form.shapes, *form.heights).index(name) for name in names]
    values = np.concatenate([state.shapes, state.heights], axis=1)[:, order]
    covariance = spread.covariance[:, order][:, :, order]
    one, both = {"parameter": names}, {"parameter": names, "other_parameter": names}
    relative = np.divide(
        spread.deviation, spread.mean, out=np.zeros_like(spread.mean), where=spread.mean > 0
    )
    step = np.minimum(NormalDist().inv_cdf(0.5 + level / 2) * relative, _LARGEST_EXPONENT)
    facts = schedules.facts

    def cells(
        array: NDArray[Any], name: str, first: dict[str, list[str]] | None = None
    ) -> xr.DataArray:
        labelled = schedules.label(array, first=first)
        return stamp(labelled, name=name, units="1", kind="index", inputs=schedules.inputs)

    def rates(array: Array, name: str) -> xr.DataArray:
        return stamp(
            schedules.label(array, age=True),
            name=name,
            units="per person-year",
            kind="rate",
            inputs=schedules.inputs,
            **facts,
        )

    return ScheduleFit(
        components=len(names),
        parameters=cells(values, "parameters", one),
        observed=rates(schedules.rates, "observed"),
        fitted=rates(spread.mean, "fitted"),
        lower=rates(spread.mean * np.exp(-step), "lower"),
        upper=rates(spread.mean * np.exp(step), "upper"),
        deviance=cells(2 * state.loss / scale, "deviance"),
        dispersion=cells(spread.dispersion / scale, "dispersion"),
        covariance=cells(covariance, "covariance", both),
        condition=cells(spread.condition, "condition"),
        at_limit=cells(spread.at_limit[:, order], "at_limit", one),
        steps=cells(state.steps, "steps"),
    )
