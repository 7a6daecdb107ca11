# SPDX-License-Identifier: Apache-2.0
"""Who gains from migration: the migrants, the receiving and the sending country.

Each model stands alone and takes numbers or draws; ``corridor_ledger`` joins them into the
triple-win table.
"""

from keruen.decide.welfare.arrivals import arrivals_fiscal
from keruen.decide.welfare.corridors import ASSUMPTIONS, Corridors, Economy
from keruen.decide.welfare.fiscal import FiscalValue, fiscal_curve, fiscal_value
from keruen.decide.welfare.ledger import Ledger, corridor_ledger
from keruen.decide.welfare.premium import PlacePremium, migrant_gain, place_premium
from keruen.decide.welfare.sending import BrainGain, SendingLedger, brain_gain, sending_ledger
from keruen.decide.welfare.surplus import HORIZONS, Surplus, immigration_surplus
from keruen.decide.welfare.triple_win import SIDES, TripleWin, break_even
from keruen.decide.welfare.wages import EPSILON, SIGMA, WageChanges, nested_ces_wages

__all__ = [
    "ASSUMPTIONS",
    "EPSILON",
    "HORIZONS",
    "SIDES",
    "SIGMA",
    "BrainGain",
    "Corridors",
    "Economy",
    "FiscalValue",
    "Ledger",
    "PlacePremium",
    "SendingLedger",
    "Surplus",
    "TripleWin",
    "WageChanges",
    "arrivals_fiscal",
    "brain_gain",
    "break_even",
    "corridor_ledger",
    "fiscal_curve",
    "fiscal_value",
    "immigration_surplus",
    "migrant_gain",
    "nested_ces_wages",
    "place_premium",
    "sending_ledger",
]
