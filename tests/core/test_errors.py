# SPDX-License-Identifier: Apache-2.0
"""Every message says what, where and what to do."""

import pytest

from keruen.core import errors
from keruen.core.errors import CodeError, FaultsError, SchemaError, WorkbenchError, raise_faults


def test_the_three_answers_stand_in_order():
    fault = SchemaError("no column 'year'", where="a.csv", remedy="add it", id="MissingColumn")
    assert str(fault) == "no column 'year' (a.csv): add it"
    assert fault.id == "MissingColumn"


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("SchemaError", ValueError),
        ("CodeError", KeyError),
        ("CoverageError", ValueError),
        ("UnitsError", TypeError),
        ("AccountError", ArithmeticError),
        ("ConvergenceError", RuntimeError),
        ("InfeasibleError", ValueError),
        ("EstimationError", ValueError),
        ("ScenarioError", ValueError),
        ("LicenceError", PermissionError),
        ("FileError", OSError),
    ],
)
def test_each_class_is_caught_by_the_builtin_a_caller_expects(name, builtin):
    fault = getattr(errors, name)("what is wrong", where="here")
    assert isinstance(fault, WorkbenchError)
    assert isinstance(fault, builtin)
    assert str(fault) == "what is wrong (here)"
    assert fault.id == name


def test_faults_are_raised_together():
    raise_faults([])
    one = CodeError("no country 'XX'")
    with pytest.raises(CodeError):
        raise_faults([one])
    with pytest.raises(FaultsError) as caught:
        raise_faults([one, SchemaError("no column 'year'")], where="a.csv")
    assert caught.value.faults[0] is one
    assert str(caught.value).splitlines() == [
        "2 faults found in a.csv:",
        "  - no country 'XX'",
        "  - no column 'year'",
    ]


def test_an_empty_list_of_faults_is_no_error():
    with pytest.raises(ValueError, match="at least one"):
        FaultsError([])
