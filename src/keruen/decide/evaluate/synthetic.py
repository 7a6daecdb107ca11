# SPDX-License-Identifier: Apache-2.0
"""Synthetic control: one treated unit beside the mix of others that moved as it did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.decide.evaluate import _synthetic_tables as shown
from keruen.decide.evaluate._conformal import conformal
from keruen.decide.evaluate._synthetic_fits import Weigh
from keruen.decide.evaluate._synthetic_panel import Panel, panel_of
from keruen.decide.evaluate._synthetic_rules import Variant, rule_of
from keruen.decide.evaluate.result import (
    Check,
    Evaluation,
    bounds,
    no_adjustments,
    normal_interval,
    refuse_level,
)

if TYPE_CHECKING:
    import pandas as pd


def synthetic_control(
    outcome: xr.DataArray,
    treated: str,
    since: int,
    *,
    donors: Sequence[str] | None = None,
    predictors: xr.DataArray | None = None,
    variant: Variant = "plain",
    penalty: float | None = None,
    level: float = 0.95,
    starts: int = 5,
    seed: int = 20_260_101,
) -> Evaluation:
    """Effect of a policy on one unit, against the mix of other units nearest to it before.

    Parameters
    ----------
    outcome : DataArray [year, region or country]
        Outcome of every unit in every year.
    treated : str
        Unit with the policy.
    since : int
        First year with the policy.
    donors : sequence of str, optional
        Units without the policy that may stand in the mix; all others when not given. Leave
        out those that the policy reached as neighbours, and those with a shock of their own.
    predictors : DataArray [series, region or country], optional
        What the mix should resemble instead of the outcomes before: averages before the
        policy. How much each counts is searched from several starts.
    variant : {"plain", "ridge", "difference"}, optional
        Weights that are not negative; those moved by a ridge regression where the fit before
        is poor (weights may be negative); or synthetic difference-in-differences.
    penalty : float, optional
        Of the ridge; chosen by leaving out one year after another when not given.
    level : float, optional
        Probability of the interval.
    starts : int, optional
        Starts of the search for the weights of predictors.
    seed : int, optional
        Seed of the random starts.

    Returns
    -------
    Evaluation
        The effect is the mean gap since the policy. Tables: ``path`` (treated, synthetic,
        gap and its interval by year), ``weights``, ``placebos``, ``placebo_gaps``,
        ``one_donor_out``, and where they apply ``placebo_date``, ``year_weights``,
        ``predictors``, ``starts``.

    Raises
    ------
    SchemaError
        A value is missing (``MissingValue``), or an option is not possible.
    CoverageError
        A unit is unknown (``UnknownUnit``) or a year is missing (``GapYears``).
    EstimationError
        The effect is not identified: no control units (``NoControls``), or too few years
        before or since (``ShortPanel``).

    See Also
    --------
    regression_discontinuity : A cut-off rule.
    applicability : Which method for which question.

    Notes
    -----
    Weights ``w >= 0`` that add to 1 minimise ``sum_t (Y[1,t] - sum_j w[j] Y[j,t])^2`` over the
    years before: the check ``nearest_mix`` holds the duality gap to 1e-8. The least value is
    unique, and the check ``one_mix`` says whether the weights are.

    The probability is the rank of the ratio of root mean squared gaps after and before among
    the treated unit and all donors taken as if treated, each from the other donors, over
    their number; the check ``placebo_gap`` shows the same for the absolute mean gap.

    The interval inverts a permutation test over the years (Chernozhukov, Wuethrich and Zhu
    2021): it needs ``1 / (1 - level)`` years in all and is missing with fewer, and with
    predictors. The other variants have the normal interval of the standard error, which for
    all is the spread of the effect over the placebos. Placebos use the weights of predictors,
    and the penalty, found for the treated unit.

    References
    ----------
    Abadie, A., Diamond, A. and Hainmueller, J. (2010). Journal of the American Statistical
    Association 105(490), 493-505. Arkhangelsky, D. et al. (2021). American Economic Review
    111(12), 4088-4118. Ben-Michael, E., Feller, A. and Rothstein, J. (2021). Journal of the
    American Statistical Association 116(536), 1789-1803. Chernozhukov, V., Wuethrich, K. and
    Zhu, Y. (2021). Journal of the American Statistical Association 116(536), 1849-1864.
    Ferman, B., Pinto, C. and Possebom, V. (2020). Journal of Policy Analysis and Management
    39(2), 510-532 (the fit of 0.8). Wolfe, P. (1976). Mathematical Programming 11, 128-149.

    Examples
    --------
    >>> years = np.arange(2000, 2010)
    >>> a, b = np.sin(years), 0.1 * (years - 2000)
    >>> treated = 0.25 * a + 0.75 * b - 2.0 * (years >= 2007)
    >>> outcome = xr.DataArray(np.column_stack([treated, a, b]),
    ...     coords={"year": years, "region": ["KZ-75", "KZ-10", "KZ-11"]},
    ...     dims=["year", "region"])
    >>> found = synthetic_control(outcome, "KZ-75", 2007)
    >>> round(found.estimate.item(), 9)
    -2.0
    >>> found.tables["weights"].round(6).to_dict("list")
    {'region': ['KZ-11', 'KZ-10'], 'weight': [0.75, 0.25]}
    """
    refuse_level(level)
    panel = panel_of(outcome, treated, since, donors)
    _refuse_options(panel, variant, penalty, predictors)
    rule = rule_of(panel, predictors, variant=variant, penalty=penalty, starts=starts, seed=seed)
    space = shown.placebos(panel, panel.outcomes, panel.before, rule.weigh)
    found = space.fits[0]
    time = shown.earlier_date(panel, rule.weigh)
    left_out = shown.left_out_table(panel, found, rule.weigh)
    conformable = rule.weigh if rule.conformal else None
    tables = {
        "path": shown.path_table(panel, found, conformable, level),
        "weights": shown.weights_table(panel, found),
        **shown.placebo_tables(panel, space),
        "one_donor_out": left_out,
        **({"placebo_date": _earlier(panel, time)} if time else {}),
        **({"year_weights": _years(panel, found.years)} if found.years is not None else {}),
        **rule.tables,
    }
    error = float(space.effects[1:].std()) if len(space.fits) > 2 else np.nan
    ends = _interval(
        panel, conformable, variant=variant, effect=found.effect, error=error, level=level
    )
    checks = (
        *shown.checks(panel, space, time, left_out),
        shown.donor_check(panel, level),
        *_starts_check(rule.tables, found.errors[0]),
        *shown.solver_checks(panel, found, rule.rows),
    )
    units = str(outcome.attrs.get("units", "units of the outcome"))
    kind = outcome.attrs.get("kind", "index")
    estimate = stamp(
        xr.DataArray(found.effect), name="effect", units=units, kind=kind, inputs=[outcome]
    )
    return Evaluation(
        method="synthetic-control",
        estimate=estimate,
        interval=bounds(*ends, level=level),
        level=level,
        standard_error=xr.DataArray(error),
        p_value=xr.DataArray(space.p_value(space.ratios) if len(space.fits) > 2 else np.nan),
        clusters=len(panel.donors) + 1,
        assumption="parallel_mix" if variant == "difference" else "same_mix",
        checks=checks,
        does_not_say=("one_unit", "spillovers", "same_time"),
        tables=tables,
        adjustments=_adjustments(panel),
        options={"treated": treated, "since": since, "variant": variant, "unit": panel.dim}
        | dict(rule.chosen),
    )


def _refuse_options(
    panel: Panel, variant: Variant, penalty: float | None, predictors: xr.DataArray | None
) -> None:
    if variant not in ("plain", "ridge", "difference"):
        raise SchemaError(
            f"'{variant}' is not a variant", where="variant", remedy="plain, ridge or difference"
        )
    if predictors is not None and variant != "plain":
        raise SchemaError(
            f"the variant '{variant}' takes no predictors",
            where="predictors",
            remedy="leave predictors out, or choose the variant 'plain'",
        )
    if penalty is not None and not (variant == "ridge" and penalty > 0):
        raise SchemaError(
            "a penalty above 0 belongs to the variant 'ridge'",
            where=f"penalty={penalty}, variant={variant}",
            remedy="leave the penalty out, or choose the variant 'ridge'",
        )
    least = {"ridge": 3, "difference": 3}.get(variant, 0)
    if panel.before < least or (variant == "difference" and len(panel.donors) < 2):
        raise SchemaError(
            f"the variant '{variant}' needs {least} years before and 2 control units",
            where=f"{panel.before} years, {len(panel.donors)} control units",
            remedy="choose the variant 'plain', or a longer panel",
        )


def _starts_check(tables: Mapping[str, pd.DataFrame], error_before: float) -> tuple[Check, ...]:
    """That another start of the search would not tell another story."""
    if "starts" not in tables or len(tables["starts"]) < 2:
        return ()
    effects = tables["starts"]["effect"]
    spread = float(effects.max() - effects.min())
    return (Check("same_from_all_starts", spread <= error_before, spread, error_before),)


def _interval(
    panel: Panel,
    weigh: Weigh | None,
    *,
    variant: Variant,
    effect: float,
    error: float,
    level: float,
) -> tuple[float, float]:
    if variant != "plain":
        low, high = normal_interval(effect, error, level=level)
        return float(low), float(high)
    if weigh is None:
        return np.nan, np.nan
    return conformal(
        panel.outcomes, panel.treated, panel.donors, panel.before,
        weigh=weigh, guess=effect, level=level,
    )  # fmt: skip


def _earlier(panel: Panel, time: tuple[int, shown.Placebos]) -> pd.DataFrame:
    """Treated and synthetic as if the policy had begun earlier."""
    import pandas as pd

    before, space = time
    gap = space.fits[0].gap
    actual = panel.outcomes[: panel.before, panel.treated]
    return pd.DataFrame(
        {
            "year": panel.years[: panel.before],
            "treated": actual,
            "synthetic": actual - gap,
            "gap": gap,
            "as_if": np.arange(panel.before) >= before,
        }
    )


def _years(panel: Panel, weights: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"year": panel.years[: panel.before], "weight": weights})


def _adjustments(panel: Panel) -> pd.DataFrame:
    """Units that stand in the data and not in the mix."""
    import pandas as pd

    if not panel.left_out:
        return no_adjustments()
    reason = "not among the donors named"
    rows = [(unit, "unit of the panel", "left out", reason) for unit in panel.left_out]
    return pd.DataFrame(rows, columns=no_adjustments().columns)
