# SPDX-License-Identifier: Apache-2.0
"""Forced migration: every public name of the modules that answer one question each.

==========================  ================================================================
``asylum``                  recognition rates with intervals, and queues that must add up
``refugee_stocks``          flows from stocks, accounts of refugees, protracted situations
``refugee_gaps``            years that nobody reported: filled, marked, and how well
==========================  ================================================================
"""

from __future__ import annotations

from keruen.measure.asylum import Recognition, asylum_queue_gap, recognition_rate
from keruen.measure.refugee_gaps import (
    FilledRefugees,
    GapMethod,
    GapScores,
    fill_refugee_gaps,
    gap_scores,
    rounding_bounds,
)
from keruen.measure.refugee_stocks import (
    ProtractedSituations,
    StockChanges,
    host_changes,
    protracted_situations,
    refugee_revision,
    stock_changes,
)

__all__ = [
    "FilledRefugees",
    "GapMethod",
    "GapScores",
    "ProtractedSituations",
    "Recognition",
    "StockChanges",
    "asylum_queue_gap",
    "fill_refugee_gaps",
    "gap_scores",
    "host_changes",
    "protracted_situations",
    "recognition_rate",
    "refugee_revision",
    "rounding_bounds",
    "stock_changes",
]
