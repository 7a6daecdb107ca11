# SPDX-License-Identifier: Apache-2.0
"""Refugees: from applications to cases, officers, places and shares of regions.

Nothing here decides about a person. Protection is a right: numbers of it are counted and
prepared for, never aimed at.
"""

from keruen.decide.refugees.capacity import RefugeeCapacity, plan_capacity
from keruen.decide.refugees.caseload import Caseload, Order, run_caseload
from keruen.decide.refugees.forecast import (
    ForecastMethod,
    forecast_applications,
    forecast_methods,
)
from keruen.decide.refugees.forecast_record import ForecastRecord, evaluate_forecasts
from keruen.decide.refugees.reception import (
    ReceptionPlaces,
    family_factor,
    occupancy_of,
    reception_places,
)
from keruen.decide.refugees.sharing import RefugeeShares, share_refugees
from keruen.decide.refugees.shocks import BASELINE, Shock, to_months, with_shocks
from keruen.decide.refugees.solutions import DurableSolutions, count_solutions
from keruen.decide.refugees.staffing import Staffing, officers_to_clear

__all__ = [
    "BASELINE",
    "Caseload",
    "DurableSolutions",
    "ForecastMethod",
    "ForecastRecord",
    "Order",
    "ReceptionPlaces",
    "RefugeeCapacity",
    "RefugeeShares",
    "Shock",
    "Staffing",
    "count_solutions",
    "evaluate_forecasts",
    "family_factor",
    "forecast_applications",
    "forecast_methods",
    "occupancy_of",
    "officers_to_clear",
    "plan_capacity",
    "reception_places",
    "run_caseload",
    "share_refugees",
    "to_months",
    "with_shocks",
]
