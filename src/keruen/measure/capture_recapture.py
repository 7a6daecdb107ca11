# SPDX-License-Identifier: Apache-2.0
"""How many were never caught, from how often the others were: one list of apprehensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import xarray as xr

from keruen.core.errors import ConvergenceError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._capture_bootstrap import bootstrap_sizes
from keruen.measure._capture_cells import CaptureCells, capture_cells, starting_values
from keruen.measure._capture_results import bounded_result, fitted_result
from keruen.measure._count_fit import Fit, fit, unbounded
from keruen.measure._count_models import MODELS, CountModel
from keruen.measure.capture_result import CaptureRecapture
from keruen.measure.irregular_estimates import Covers

CaptureModel = Literal[
    "poisson",
    "geometric",
    "negative_binomial",
    "one_inflated_poisson",
    "one_inflated_geometric",
    "one_inflated_negative_binomial",
    "removal_poisson",
    "removal_geometric",
    "zelterman",
    "chao",
    "chao_corrected",
]
"""Models of how often people are caught."""

CAPTURE_MODELS: Final[tuple[CaptureModel, ...]] = get_args(CaptureModel)


def capture_recapture(
    persons_caught: xr.DataArray,
    *,
    moment: str,
    model: CaptureModel = "poisson",
    covariates: Sequence[str] = (),
    linear: Sequence[str] = (),
    strata: Sequence[str] = (),
    covers: Covers = "stay",
    draws: int = 0,
    seed: int = 1,
) -> CaptureRecapture:
    """Population of which some were caught once, some more often, and some never.

    Parameters
    ----------
    persons_caught : DataArray [captures, ...], persons
        People by the times each was apprehended in the period, and by other dimensions.
    moment : str
        The period.
    model : str, optional
        One of ``CAPTURE_MODELS``. ``one_inflated_`` models let a share of the population be
        caught exactly once, ``removal_`` models let a share of those caught be out of reach
        afterwards, as deported people are.
    covariates : sequence of str, optional
        Dimensions that the rate depends on, each label with its own effect.
    linear : sequence of str, optional
        Dimensions with numbers as labels, such as age, with one slope.
    strata : sequence of str, optional
        Dimensions to give the population by.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.
    draws : int, optional
        Samples of a bootstrap; 1,000 is usual, 0 gives none.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    CaptureRecapture

    Raises
    ------
    SchemaError
        The table is wrong (``BadCaptures``, ``MissingCell``, ``NegativeInput``, ``Empty``), a
        level of a covariate has nobody (``EmptyLevel``) or nobody caught again
        (``NoRecaptures``), or covariates repeat each other (``Unidentified``).
    ConvergenceError
        The population has no finite estimate: a group is never caught again
        (``Separation``), or the model leaves it undetermined (``Unidentified``).

    See Also
    --------
    compare_capture_models : All models side by side.

    Notes
    -----
    With the chance ``p`` of being caught at all, ``N = sum 1/p`` over the people caught. Its
    variance is ``sum (1 - p)/p^2`` plus that of the coefficients by the delta method. The
    bootstrap draws the number caught from a binomial distribution of ``N``, resamples people
    and fits again; where a sample has no finite estimate the upper limit is open.

    References
    ----------
    van der Heijden, P. G. M. et al. (2003). Statistical Modelling 3(4), 305-322.

    Godwin, R. T., Böhning, D. (2017). J. Royal Statistical Society C 66(2), 425-448.

    Böhning, D. et al. (2013). Biometrics 69(4), 1033-1042.

    Examples
    --------
    >>> caught = xr.DataArray([1645, 183, 37, 13, 1, 1], coords={"captures": range(1, 7)})
    >>> found = capture_recapture(caught, moment="1995")
    >>> round(found.estimate.value.item(), 1)
    7079.9
    """
    _check_options(model, covariates, linear)
    if model == "chao_corrected":
        return bounded_result(persons_caught, strata, covers=covers, moment=moment)
    chosen = MODELS[model]
    cells = capture_cells(
        persons_caught,
        covariates=covariates,
        linear=linear,
        strata=strata,
        most=2 if chosen.base == "logistic" else None,
    )
    found = fit(chosen, cells.groups, cells.people[None], starting_values(chosen, cells))
    _refuse_unfinished(model, chosen, cells, found)
    drawn = bootstrap_sizes(chosen, cells, found, draws=draws, seed=seed) if draws else None
    return fitted_result(model, cells, found, drawn, covers=covers, moment=moment)


def _check_options(model: str, covariates: Sequence[str], linear: Sequence[str]) -> None:
    faults: list[WorkbenchError] = []
    if model not in CAPTURE_MODELS:
        faults.append(
            SchemaError(
                f"no model '{model}'", where="model",
                remedy=f"choose from {', '.join(CAPTURE_MODELS)}", id="UnknownModel",
            )
        )  # fmt: skip
    if model == "chao_corrected" and (covariates or linear):
        faults.append(
            SchemaError(
                "chao_corrected takes no covariates", where="covariates",
                remedy="give them as strata: each is then estimated by itself", id="BadSetting",
            )
        )  # fmt: skip
    raise_faults(faults)


def _refuse_unfinished(model: str, chosen: CountModel, cells: CaptureCells, found: Fit) -> None:
    told = {"log_likelihood": float(found.log_likelihood[0]), "model": model}
    if unbounded(chosen, cells.groups, found)[0]:
        # with extra parameters alone the model, with covariates a group is to blame
        alone = bool(chosen.extra)
        raise ConvergenceError(
            "the population has no finite estimate",
            where=f"model {model}",
            remedy="the counts do not determine the spread of rates: use geometric, or chao "
            "for a lower bound"
            if alone
            else "some group was never caught again: leave out or join a covariate",
            id="Unidentified" if alone else "Separation",
            diagnostics=dict(told),
        )
    if not found.settled[0]:
        raise ConvergenceError(
            "the fit did not settle",
            where=f"model {model}",
            remedy="use a simpler model or fewer covariates",
            id="NotConverged",
            diagnostics=dict(told),
        )
