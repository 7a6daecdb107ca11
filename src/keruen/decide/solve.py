# SPDX-License-Identifier: Apache-2.0
"""Integer programmes through HiGHS: the best answer found, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from highspy import Highs, HighsLp
    from scipy.sparse import sparray

Floats = NDArray[np.float64]
Ended = Literal["optimal", "target", "time_limit", "infeasible", "failed"]


@dataclass(frozen=True)
class IntegerProgramme:
    """``maximise gain @ x`` with ``rows x <= limit``, ``0 <= x <= highest``.

    Parameters
    ----------
    gain : ndarray [variable]
        Gain of each unit.
    rows : sparse array [constraint, variable]
        Constraints.
    limit : ndarray [constraint]
        What each may reach.
    highest : ndarray [variable]
        Most of each variable.
    whole : ndarray of bool [variable]
        Which must be whole numbers.
    """

    gain: Floats
    rows: sparray
    limit: Floats
    highest: Floats
    whole: NDArray[np.bool_]


@dataclass(frozen=True)
class IntegerSolution:
    """The best answer found.

    Parameters
    ----------
    values : ndarray [variable] or None
        None where no answer was found.
    ended : {"optimal", "target", "time_limit", "infeasible", "failed"}
        How the search ended.
    """

    values: Floats | None
    ended: Ended


def solve_integer(
    programme: IntegerProgramme, *, target: float = np.inf, seconds: float = 60.0
) -> IntegerSolution:
    """The best answer to an integer programme in the time given.

    Parameters
    ----------
    programme : IntegerProgramme
        What to solve.
    target : float, optional
        The search ends when an answer gains this much.
    seconds : float, optional
        The search ends after this time with the best answer so far.

    Returns
    -------
    IntegerSolution

    Examples
    --------
    >>> from scipy.sparse import coo_array
    >>> rows = coo_array(np.array([[2.0, 3.0]]))
    >>> whole, most = np.array([True, True]), np.array([1.0, 1.0])
    >>> knapsack = IntegerProgramme(np.array([2.0, 2.5]), rows, np.array([4.0]), most, whole)
    >>> solve_integer(knapsack).values.tolist()
    [0.0, 1.0]
    """
    import highspy

    if not len(programme.gain):  # nothing to choose, which the solver refuses to look at
        empty = np.zeros(0)
        kept = bool((programme.limit >= 0).all())
        return IntegerSolution(empty, "optimal") if kept else IntegerSolution(None, "infeasible")
    solver = _solver(seconds)
    solver.setOptionValue("objective_target", -float(target))
    solver.passModel(_model(programme))
    solver.run()
    status, known = solver.getModelStatus(), highspy.HighsModelStatus
    names: dict[object, Ended] = {
        known.kOptimal: "optimal",
        known.kObjectiveTarget: "target",
        known.kTimeLimit: "time_limit",
        known.kInfeasible: "infeasible",
    }
    solution = solver.getSolution()
    values = np.asarray(solution.col_value) if solution.value_valid else None
    return IntegerSolution(values, names.get(status, "failed"))


class Divisible:
    """A programme whose variables may be divided, solved, and again under one change at a time.

    Parameters
    ----------
    programme : IntegerProgramme
        What to solve; ``whole`` is not looked at.

    Examples
    --------
    >>> from scipy.sparse import coo_array
    >>> rows = coo_array(np.array([[2.0, 3.0]]))
    >>> whole, most = np.array([True, True]), np.array([1.0, 1.0])
    >>> knapsack = IntegerProgramme(np.array([2.0, 2.5]), rows, np.array([4.0]), most, whole)
    >>> solved = Divisible(knapsack)
    >>> round(solved.best, 3), round(solved.value_with(1), 3), round(solved.value_without([0]), 3)
    (3.667, 3.5, 2.5)
    """

    def __init__(self, programme: IntegerProgramme) -> None:
        self._highest = programme.highest
        self._solver = _solver(60.0)
        divided = replace(programme, whole=np.zeros(len(programme.gain), dtype=bool))
        self._solver.passModel(_model(divided))
        self.best = self._value()
        self.values: Floats = np.asarray(self._solver.getSolution().col_value)

    def value_with(self, column: int) -> float:
        """The best value when a variable is at its most."""
        most = float(self._highest[column])
        self._solver.changeColBounds(column, most, most)
        value = self._value()
        self._solver.changeColBounds(column, 0.0, most)
        return value

    def value_without(self, columns: Sequence[int]) -> float:
        """The best value when some variables are 0."""
        for column in columns:
            self._solver.changeColBounds(column, 0.0, 0.0)
        value = self._value()
        for column in columns:
            self._solver.changeColBounds(column, 0.0, float(self._highest[column]))
        return value

    def _value(self) -> float:
        import highspy

        self._solver.run()  # from where it stands: a change of a bound costs few steps
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -np.inf
        return -float(self._solver.getObjectiveValue())


def _solver(seconds: float) -> Highs:
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", max(float(seconds), 0.05))
    return solver


def _model(programme: IntegerProgramme) -> HighsLp:
    import highspy

    matrix = programme.rows.tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = -programme.gain
    model.col_lower_ = np.zeros(matrix.shape[1])
    model.col_upper_ = programme.highest
    model.row_lower_ = np.full(matrix.shape[0], -np.inf)
    model.row_upper_ = programme.limit
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(each)] for each in programme.whole]
    return model
