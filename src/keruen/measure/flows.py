# SPDX-License-Identifier: Apache-2.0
"""Flows from stocks, margins or net totals: the names that users import.

``stock_flows`` estimates flows from stocks at two dates, ``flow_intervals`` their intervals,
``flow_calibration`` their free parameters; ``margins`` and ``netflows`` fit tables when
totals are known in place of stocks.
"""

from __future__ import annotations

from keruen.measure.flow_calibration import Calibration, calibrate_flows
from keruen.measure.flow_estimate import FlowEstimate
from keruen.measure.flow_intervals import FlowIntervals, flow_intervals
from keruen.measure.margins import MarginFit, fit_margins
from keruen.measure.netflows import NetFlows, NetMethod, flows_from_net
from keruen.measure.stock_flows import CLOSED_METHODS, METHODS, Method, flows_from_stocks

__all__ = [
    "CLOSED_METHODS",
    "METHODS",
    "Calibration",
    "FlowEstimate",
    "FlowIntervals",
    "MarginFit",
    "Method",
    "NetFlows",
    "NetMethod",
    "calibrate_flows",
    "fit_margins",
    "flow_intervals",
    "flows_from_net",
    "flows_from_stocks",
]
