# SPDX-License-Identifier: Apache-2.0
"""What is not known, carried through any model: draws, shares of variance, robust choice.

A model is a function of a Dataset whose variables carry ``trajectory``. It is called once with
all draws. The same inputs, the same seed, the same answer.
"""

from keruen.decide.uncertainty.discovery import Discovery, discover_failures
from keruen.decide.uncertainty.inputs import DISTRIBUTIONS, Uncertain, sample_inputs
from keruen.decide.uncertainty.robust import Robustness, robustness, targets_met
from keruen.decide.uncertainty.screening import Screening, screen_inputs
from keruen.decide.uncertainty.sensitivity import Sensitivity, sobol_indices

__all__ = [
    "DISTRIBUTIONS",
    "Discovery",
    "Robustness",
    "Screening",
    "Sensitivity",
    "Uncertain",
    "discover_failures",
    "robustness",
    "sample_inputs",
    "screen_inputs",
    "sobol_indices",
    "targets_met",
]
