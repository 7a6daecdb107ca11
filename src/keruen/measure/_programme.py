# SPDX-License-Identifier: Apache-2.0
"""Kernel: linear programmes through HiGHS, and who stands in the way when there is no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import ConvergenceError, InfeasibleError
from keruen.measure._scaling import Floats

if TYPE_CHECKING:
    from highspy import HighsLp
    from scipy.sparse import sparray


@dataclass(frozen=True)
class Solution:
    """Optimum of a programme.

    Parameters
    ----------
    values : ndarray [variable]
        Optimal values, 0 or more.
    duals : ndarray [constraint]
        Change of the objective per unit of each constraint's bound.
    objective : float
        Value of the objective.
    """

    values: Floats
    duals: Floats
    objective: float


def solve_programme(
    cost: Floats,
    constraints: sparray,
    lower: Floats,
    upper: Floats,
    *,
    highest: Floats | None = None,
    what: str = "the programme",
) -> Solution:
    """Minimise ``cost @ x`` with ``lower <= A x <= upper`` and ``0 <= x <= highest``."""
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.passModel(_model(cost, constraints, lower, upper, highest))
    solver.run()
    status = solver.getModelStatus()
    if status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    ):
        raise InfeasibleError(
            f"{what} has no solution",
            remedy="let more cells be positive, or correct the totals",
            id="Infeasible",
        )
    if status != highspy.HighsModelStatus.kOptimal:
        raise ConvergenceError(
            f"{what} was not solved",
            where=solver.modelStatusToString(status),
            remedy="scale the numbers, or try another method",
            id="NotConverged",
            diagnostics={"status": solver.modelStatusToString(status)},
        )
    solution = solver.getSolution()
    return Solution(
        values=np.maximum(np.asarray(solution.col_value, dtype=float), 0.0),
        duals=np.asarray(solution.row_dual, dtype=float),
        objective=float(solver.getInfo().objective_function_value),
    )


def _model(
    cost: Floats, constraints: sparray, lower: Floats, upper: Floats, highest: Floats | None
) -> HighsLp:
    from highspy import HighsLp

    matrix = constraints.tocsc()
    model = HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.asarray(cost, dtype=float)
    model.col_lower_ = np.zeros(matrix.shape[1])
    model.col_upper_ = np.full(matrix.shape[1], np.inf) if highest is None else highest
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    return model


@dataclass(frozen=True)
class Conflict:
    """Margins that cannot be met: some rows need more room than their columns have.

    Parameters
    ----------
    rows : ndarray of int
        Rows that need too much, or, when ``of_columns``, the rows that may fill the columns.
    columns : ndarray of int
        Columns open to them, or the columns that need too much.
    need, room : float
        What is needed, and what there is at most.
    of_columns : bool
        Whether the columns are what cannot be filled.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    need: float
    room: float
    of_columns: bool


def conflict(allowed: NDArray[np.bool_], rows: Floats, columns: Floats) -> Conflict | None:
    """Rows that need more than the columns open to them can take, or nothing.

    The sets are a minimum cut of the transport of rows into columns. When most rows are in
    conflict, the few columns that cannot be filled without them say the same in fewer words.
    """
    from scipy.sparse import coo_array

    origin, target = np.nonzero(allowed)
    total = max(rows.sum(), columns.sum())
    cells = np.arange(len(origin))
    constraints = coo_array(
        (
            np.ones(2 * len(cells)),
            (np.concatenate([origin, len(rows) + target]), np.concatenate([cells, cells])),
        ),
        shape=(len(rows) + len(columns), len(cells)),
    )
    bounds = np.concatenate([rows, columns]) / total
    short = rows > 0
    if len(cells):
        free = np.full(len(bounds), -np.inf)
        best = solve_programme(-np.ones(len(cells)), constraints, free, bounds)
        if -best.objective >= min(rows.sum(), columns.sum()) / total - 1e-7:
            return None
        short &= np.abs(best.duals[: len(rows)]) < 0.5
    reached = allowed[short].any(axis=0)
    beyond, rest = ~reached & (columns > 0), ~short & (rows > 0)
    if 0 < beyond.sum() < short.sum():
        return Conflict(
            rows=np.flatnonzero(rest),
            columns=np.flatnonzero(beyond),
            need=float(columns[beyond].sum()),
            room=float(rows[rest].sum()),
            of_columns=True,
        )
    return Conflict(
        rows=np.flatnonzero(short),
        columns=np.flatnonzero(reached),
        need=float(rows[short].sum()),
        room=float(columns[reached].sum()),
        of_columns=False,
    )
