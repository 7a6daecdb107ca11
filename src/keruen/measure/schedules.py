# SPDX-License-Identifier: Apache-2.0
"""Age schedules of migration: the names that users import.

==========================  ================================================================
``model_schedules``         rates of the curve of Rogers and Castro from its parameters
``schedule_fit``            parameters from observed migrants, without start values
``schedule_choice``         how many parameters the data bear
``age_profile``             indices of a profile: peak, steepest rise and fall, labour terms
``smoothing``               smooth single-year rates without a model
==========================  ================================================================

Who moves depends on age in much the same way everywhere: small children move with their
parents, moves are most frequent at the start of working life, and some places see a second,
lower peak at retirement.
"""

from __future__ import annotations

from keruen.measure.age_profile import LabourIndices, PeakIndices, labour_indices, peak_indices
from keruen.measure.model_schedules import rogers_castro_schedule
from keruen.measure.schedule_choice import ScheduleChoice, choose_rogers_castro
from keruen.measure.schedule_fit import Components, ScheduleFit, fit_rogers_castro
from keruen.measure.smoothing import SmoothedSchedule, smooth_schedule

__all__ = [
    "Components",
    "LabourIndices",
    "PeakIndices",
    "ScheduleChoice",
    "ScheduleFit",
    "SmoothedSchedule",
    "choose_rogers_castro",
    "fit_rogers_castro",
    "labour_indices",
    "peak_indices",
    "rogers_castro_schedule",
    "smooth_schedule",
]
