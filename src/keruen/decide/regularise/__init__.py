# SPDX-License-Identifier: Apache-2.0
"""Regularisation programmes: who may apply, who does, what becomes of them, and who gains."""

from __future__ import annotations

from keruen.decide.regularise.chain import (
    STATES,
    StatusRates,
    project_status,
    status_transitions,
)
from keruen.decide.regularise.fiscal import (
    LEAST_FACTOR,
    WAGE_GAIN,
    WAGE_GAIN_RANGE,
    Band,
    Economy,
    FiscalEffect,
    fiscal_effect,
    income_gain,
    least_band,
    present_value,
)
from keruen.decide.regularise.law import PULL_RANGE, Context, Programme
from keruen.decide.regularise.parties import Workers, triple_win
from keruen.decide.regularise.programme import regularise
from keruen.decide.regularise.result import Regularisation, banded, spread
from keruen.decide.regularise.stock import check_approvals, eligible_stock, stay_share
from keruen.decide.regularise.takeup import (
    Fee,
    TakeUp,
    take_up,
    take_up_by_part,
    window_parts,
)

__all__ = [
    "LEAST_FACTOR",
    "PULL_RANGE",
    "STATES",
    "WAGE_GAIN",
    "WAGE_GAIN_RANGE",
    "Band",
    "Context",
    "Economy",
    "Fee",
    "FiscalEffect",
    "Programme",
    "Regularisation",
    "StatusRates",
    "TakeUp",
    "Workers",
    "banded",
    "check_approvals",
    "eligible_stock",
    "fiscal_effect",
    "income_gain",
    "least_band",
    "present_value",
    "project_status",
    "regularise",
    "spread",
    "status_transitions",
    "stay_share",
    "take_up",
    "take_up_by_part",
    "triple_win",
    "window_parts",
]
