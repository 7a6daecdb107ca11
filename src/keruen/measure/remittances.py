# SPDX-License-Identifier: Apache-2.0
"""Remittances: the names that users import.

``remittance_matrix`` shares totals out over corridors, ``remittance_comparison`` sets two
matrices side by side; ``remittance_indicators``, ``remittance_changes``, ``remittance_costs``
and ``remittance_households`` say what the money means.
"""

from __future__ import annotations

from keruen.measure._remittance_inputs import Rule, Side
from keruen.measure.remittance_changes import (
    RemittanceGrowth,
    Volatility,
    remittance_growth,
    volatility,
)
from keruen.measure.remittance_comparison import RemittanceComparison, compare_remittances
from keruen.measure.remittance_costs import (
    CEILING,
    GOAL,
    CostSummary,
    cost_summary,
    remittance_exposure,
    sending_cost,
)
from keruen.measure.remittance_households import HouseholdShares, household_shares
from keruen.measure.remittance_indicators import (
    CorridorConcentration,
    corridor_concentration,
    dependence,
    import_cover,
    remittances_per_person,
)
from keruen.measure.remittance_matrix import (
    RULES,
    NoIncome,
    RemittanceMatrix,
    bilateral_remittances,
)

__all__ = [
    "CEILING",
    "GOAL",
    "RULES",
    "CorridorConcentration",
    "CostSummary",
    "HouseholdShares",
    "NoIncome",
    "RemittanceComparison",
    "RemittanceGrowth",
    "RemittanceMatrix",
    "Rule",
    "Side",
    "Volatility",
    "bilateral_remittances",
    "compare_remittances",
    "corridor_concentration",
    "cost_summary",
    "dependence",
    "household_shares",
    "import_cover",
    "remittance_exposure",
    "remittance_growth",
    "remittances_per_person",
    "sending_cost",
    "volatility",
]
