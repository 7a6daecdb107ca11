# SPDX-License-Identifier: Apache-2.0
"""Skilled emigration: the names that users import.

``skilled_emigration`` gives rates by schooling and what age at arrival does to them;
``skilled_balance`` takes immigrants off, tests for gains at home, and counts skills unused.
"""

from __future__ import annotations

from keruen.measure.skilled_balance import (
    BrainGain,
    brain_gain,
    net_skilled_emigration,
    overqualification,
)
from keruen.measure.skilled_emigration import (
    LEVELS,
    EmigrationRates,
    EntryAges,
    emigration_rates,
    entry_ages,
)

__all__ = [
    "LEVELS",
    "BrainGain",
    "EmigrationRates",
    "EntryAges",
    "brain_gain",
    "emigration_rates",
    "entry_ages",
    "net_skilled_emigration",
    "overqualification",
]
