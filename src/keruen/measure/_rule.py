# SPDX-License-Identifier: Apache-2.0
"""What the compiled sweep of :mod:`keruen.measure.residence` reads and writes, as numbers."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
"""Microseconds since 1970."""
Kinds = NDArray[np.int8]
"""Departure, arrival or statement."""
Events = NDArray[np.void]
"""Of dtype EVENT: room for one person's history."""
Answers = NDArray[np.void]
"""Of dtype ANSWER: one per row."""

DAY: Final = 86_400_000_000
"""Microseconds of a day."""
NEVER: Final = 2**31 - 1
"""A day that does not come."""
NULL: Final = -1

# What a row is: a departure (0), an arrival (1), or a statement about the person.
BIRTH, DEATH, OUTSIDER, RESIDENT, WEAK_OUTSIDER, WEAK_RESIDENT = 2, 3, 4, 5, 6, 7
# Repairs of a missing crossing.
GAPS: Final = ("midpoint", "drop_earlier", "drop_later", "reject_person", "none")
MIDPOINT, DROP_EARLIER, DROP_LATER, REJECT_PERSON, NO_GAP = range(5)
# Why a row took no part; 0 when it did.
EXCLUDED: Final = (
    "",
    "duplicate",
    "echo",
    "outside_window",
    "after_death",
    "repeated",
    "person_rejected",
)
DUPLICATE, ECHO, OUTSIDE_WINDOW, AFTER_DEATH, REPEATED, PERSON_REJECTED = range(1, 7)
# How the status before the first crossing is known.
INITIAL: Final = ("", "stated", "born", "deduced", "weak", "assumed", "unknown")
STATED, BORN, DEDUCED, WEAK, ASSUMED, UNKNOWN = range(1, 7)
# Marks of a row.
GAP_AFTER, CONTRADICTED = 1, 2


class Rule(NamedTuple):
    """The rule and the treatment of defects, as whole numbers; days are since 1970."""

    threshold: int  # V, in days or months
    window: int  # W
    calendar: int  # 1: V and W are months
    observed_from: int  # -NEVER when not known
    observed_until: int  # first day not observed
    echo: int  # microseconds; -1: echoes are not looked for
    gap: int
    opposite: int  # 1: an unknown first status is the opposite of where the crossing leads
    trust_records: int
    death_fails: int
    lookback: int
    emit: int  # 1: supposed crossings are answered and given out
    told: int  # 1: there are statements among the rows


ANSWER: Final = np.dtype(
    [
        ("final", "i4"),  # first end of observation at which the answer is known
        ("decided", "i4"),  # the same of the evidence
        ("new_side", "i4"),
        ("observed", "i4"),
        ("place", "i4"),  # row that stands here in the history
        ("day", "i4"),  # day of a supposed crossing
        ("before", "i1"),
        ("after", "i1"),
        ("long_term", "i1"),
        ("evidence", "i1"),
        ("initial", "i1"),
        ("marks", "i1"),
        ("excluded", "i1"),
    ],
    align=True,
)
"""Answer of one row."""

EVENT: Final = np.dtype(
    [
        ("row", "i8"),  # row of the answer; NULL for a supposed crossing that gets none
        ("day", "i4"),
        ("until", "i4"),  # day of the next crossing, or NEVER
        ("inside", "i4"),  # days inside from the first crossing to this one
        ("decided", "i4"),  # day on which the evidence is, or would be, decided
        ("told_day", "i4"),  # statements of status stand in the same room
        ("side", "i1"),
        ("away", "i1"),  # 1: leads away from the status before; 2: may do so
        ("told", "i1"),
    ],
    align=True,
)
"""Crossing in one person's history."""
