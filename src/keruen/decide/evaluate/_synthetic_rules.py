# SPDX-License-Identifier: Apache-2.0
"""How donors are weighed in each variant of synthetic control, and tables that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.decide.evaluate._predictor_weights import Start, by_predictors, searched
from keruen.decide.evaluate._synthetic_fits import (
    Weigh,
    chosen_penalty,
    difference_weights,
    fit,
    plain_weights,
    ridge_weights,
)
from keruen.decide.evaluate._synthetic_panel import Panel, predictors_of

if TYPE_CHECKING:
    import pandas as pd

Variant = Literal["plain", "ridge", "difference"]
"""Weights not negative; moved by a ridge regression; or for parallel paths."""


@dataclass(frozen=True)
class Rule:
    """How donors are weighed, the rows that their mix is to match, and what was chosen."""

    weigh: Weigh
    rows: np.ndarray | None = None
    conformal: bool = False
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    chosen: Mapping[str, object] = field(default_factory=dict)


def rule_of(
    panel: Panel,
    predictors: xr.DataArray | None,
    *,
    variant: Variant,
    penalty: float | None,
    starts: int,
    seed: int,
) -> Rule:
    """The rule of the weights, tables about it, and what was chosen."""
    if variant == "difference":
        return Rule(difference_weights)
    if variant == "ridge":
        cells = (panel.outcomes, panel.treated, panel.donors, panel.before)
        chosen = chosen_penalty(*cells) if penalty is None else penalty
        return Rule(ridge_weights(chosen), chosen={"penalty": chosen})
    if predictors is None:
        return Rule(plain_weights, panel.outcomes[: panel.before], conformal=True)
    values, names = predictors_of(predictors, panel)
    found = searched(
        panel.outcomes, panel.treated, panel.donors, panel.before, values,
        starts=max(1, starts), seed=seed,
    )  # fmt: skip
    weigh = by_predictors(values, found[0].weights)
    tables = {
        "starts": _starts_table(panel, values, found),
        "predictors": _predictors_table(panel, predictors, names, found[0], weigh),
    }
    rows = np.sqrt(found[0].weights)[:, None] * values
    return Rule(weigh, rows, tables=tables, chosen={"starts": starts, "seed": seed})


def _starts_table(panel: Panel, values: np.ndarray, found: list[Start]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for one in found:
        weigh = by_predictors(values, one.weights)
        again = fit(panel.outcomes, panel.treated, panel.donors, panel.before, weigh)
        rows.append((one.name, again.errors[0], again.effect))
    return pd.DataFrame(rows, columns=pd.Index(["start", "error_before", "effect"]))


def _predictors_table(
    panel: Panel, predictors: xr.DataArray, names: tuple[str, ...], start: Start, weigh: Weigh
) -> pd.DataFrame:
    """How near the mix is to the treated unit in every predictor, and how much each counts."""
    import pandas as pd

    values = predictors.sel({panel.dim: list(panel.units)}).transpose("series", panel.dim)
    cells = values.to_numpy().astype(float)
    mix = weigh(panel.outcomes, panel.treated, panel.donors, panel.before)
    return pd.DataFrame(
        {
            "predictor": names,
            "treated": cells[:, panel.treated],
            "synthetic": cells[:, panel.donors] @ mix,
            "donors": cells[:, panel.donors].mean(axis=1),
            "weight": start.weights,
        }
    )
