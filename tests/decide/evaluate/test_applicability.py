# SPDX-License-Identifier: Apache-2.0
"""Which method fits which data: every row of the table of situations reached and refused."""

from __future__ import annotations

from typing import get_args

import pytest

from keruen.core.errors import SchemaError
from keruen.decide.evaluate.applicability import TOOLS, Facts, applicability
from keruen.decide.evaluate.result import Method

CASES = {
    "synthetic-control": Facts(treated=1, controls=20, dates=1, before=15, after=5),
    "difference": Facts(treated=20, controls=20, dates=1, before=5, after=5),
    "group-time": Facts(treated=20, controls=20, dates=3, before=5, after=5),
    "exposure": Facts(treated=40, dates=1, before=5, after=5, exposure=True),
    "discontinuity": Facts(cutoff=True, distinct=100),
    "event-study": Facts(treated=20, controls=20, dates=1, before=5, after=5),
    "gravity": Facts(pairs=True),
}


def test_every_method_has_a_situation_and_a_case():
    assert {tool.method for tool in TOOLS} == {*get_args(Method), ""}
    assert set(CASES) == set(get_args(Method))


@pytest.mark.parametrize("method", CASES)
def test_a_method_fits_its_case(method: str):
    found = applicability(CASES[method]).set_index("method")
    assert found.at[method, "fit"] == "fits"
    assert found.at["", "fit"] == "no"


@pytest.mark.parametrize(
    ("facts", "method", "fit", "reason"),
    [
        (Facts(treated=1, before=15, after=5), "synthetic-control", "no", "no_control_units"),
        (
            Facts(treated=1, controls=9, before=4, after=5),
            "synthetic-control", "weak", "short_before",
        ),
        (
            Facts(treated=3, controls=9, dates=1, before=14, after=5),
            "synthetic-control", "weak", "several_treated",
        ),
        (Facts(cutoff=True, distinct=9), "discontinuity", "weak", "few_distinct"),
        (
            Facts(treated=9, controls=9, dates=4, before=5, after=5),
            "difference", "weak", "several_dates",
        ),
        (Facts(treated=9, controls=9, dates=1, after=5), "event-study", "no",
         "no_treated_unit_over_time"),
    ],
)  # fmt: skip
def test_reasons(facts: Facts, method: str, fit: str, reason: str):
    found = applicability(facts).set_index("method")
    assert (found.at[method, "fit"], found.at[method, "reason"]) == (fit, reason)


def test_negative_numbers_are_refused():
    with pytest.raises(SchemaError):
        applicability(Facts(treated=-1))
