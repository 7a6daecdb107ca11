# SPDX-License-Identifier: Apache-2.0
"""Personal permits bought by the worker: price, legal work, revenue, renewals, indicators."""

from __future__ import annotations

from keruen.decide.permits.compliance import (
    Market,
    calibrate_beta,
    legal_advantage,
    share_legal,
)
from keruen.decide.permits.curve import PriceCurve, price_curve
from keruen.decide.permits.indicators import paid_month_counts, permit_indicators
from keruen.decide.permits.price import implied_coefficient, patent_price
from keruen.decide.permits.renewals import mean_paid_months, renewal_hazard, renewal_survival
from keruen.decide.permits.shortfall import Shortfall, quota_shortfall

__all__ = [
    "Market",
    "PriceCurve",
    "Shortfall",
    "calibrate_beta",
    "implied_coefficient",
    "legal_advantage",
    "mean_paid_months",
    "paid_month_counts",
    "patent_price",
    "permit_indicators",
    "price_curve",
    "quota_shortfall",
    "renewal_hazard",
    "renewal_survival",
    "share_legal",
]
