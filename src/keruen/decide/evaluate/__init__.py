# SPDX-License-Identifier: Apache-2.0
"""Did a policy work: an effect with its interval, its assumption and the checks that test it."""

from keruen.decide.evaluate.applicability import Facts, applicability
from keruen.decide.evaluate.difference import difference_in_differences
from keruen.decide.evaluate.discontinuity import regression_discontinuity
from keruen.decide.evaluate.event_studies import event_study
from keruen.decide.evaluate.exposure import exposure_difference
from keruen.decide.evaluate.gravity import policy_gravity
from keruen.decide.evaluate.group_time import (
    GroupTimeCells,
    group_time_cells,
    group_time_effects,
)
from keruen.decide.evaluate.result import Check, Evaluation
from keruen.decide.evaluate.specifications import SpecificationGrid, spec_grid
from keruen.decide.evaluate.synthetic import synthetic_control

__all__ = [
    "Check",
    "Evaluation",
    "Facts",
    "GroupTimeCells",
    "SpecificationGrid",
    "applicability",
    "difference_in_differences",
    "event_study",
    "exposure_difference",
    "group_time_cells",
    "group_time_effects",
    "policy_gravity",
    "regression_discontinuity",
    "spec_grid",
    "synthetic_control",
]
