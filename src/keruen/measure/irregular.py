# SPDX-License-Identifier: Apache-2.0
"""Irregular migration: every public name of the methods that estimate what is not counted.

========================  ==================================================================
``irregular_estimates``   what each estimate must say; estimates side by side
``irregular_residual``    people surveyed, less those who live in the country legally
``irregular_multipliers`` what is seen, divided by the share seen; two lists; scale-up
``overstay``              people still here after their permission ended, from crossings
``capture_recapture``     those never caught, from how often the others were
``capture_models``        all such models side by side
``ratio_model``           apprehensions against a second authority and a register
========================  ==================================================================

No method is right in general. Each estimate says what it covers, when, and what must hold; a
point without an interval is never given.
"""

from __future__ import annotations

from keruen.measure.capture_models import (
    CaptureComparison,
    captures_table,
    compare_capture_models,
)
from keruen.measure.capture_recapture import CAPTURE_MODELS, capture_recapture
from keruen.measure.capture_result import CaptureRecapture, Goodness
from keruen.measure.irregular_estimates import IrregularEstimate, JointView, joint_view
from keruen.measure.irregular_multipliers import (
    multiplier_estimate,
    scale_up_estimate,
    two_list_estimate,
)
from keruen.measure.irregular_residual import ResidualEstimate, residual_estimate
from keruen.measure.overstay import OverstayEstimate, overstay_estimate
from keruen.measure.ratio_model import RatioModel, ratio_model

__all__ = [
    "CAPTURE_MODELS",
    "CaptureComparison",
    "CaptureRecapture",
    "Goodness",
    "IrregularEstimate",
    "JointView",
    "OverstayEstimate",
    "RatioModel",
    "ResidualEstimate",
    "capture_recapture",
    "captures_table",
    "compare_capture_models",
    "joint_view",
    "multiplier_estimate",
    "overstay_estimate",
    "ratio_model",
    "residual_estimate",
    "scale_up_estimate",
    "two_list_estimate",
]
