# SPDX-License-Identifier: Apache-2.0
"""Figures of a value column: numbers, their units, their range."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from keruen.sources._cells import Numbers, State, read_numbers
from keruen.sources.fault_texts import Unit
from keruen.sources.intake.changes import Intake
from keruen.sources.intake.written import FigureCells, Ints
from keruen.sources.schemas import Column

Scale = Literal["thousand", "million"]
"""Multiple that figures may be given in."""

FACTORS: Final = {"": 1.0, "one": 1.0, "thousand": 1e3, "million": 1e6}


@dataclass
class Figures:
    """Figures of a column.

    Parameters
    ----------
    values : array of float
        Figures in the unit of the table; NaN where missing.
    empty : array of bool
        Cells that say nothing.
    rounded : float
        Half a unit of the last digit printed; 0 where whole persons are given.
    factor : float
        What the printed figures were multiplied by.
    """

    values: NDArray[np.float64]
    empty: NDArray[np.bool_]
    rounded: float
    factor: float


def read_figures(
    cells: FigureCells, rows: Ints, column: Column, scale: Scale | None, intake: Intake
) -> Figures:
    """Figures of a column in the unit of the table.

    Parameters
    ----------
    cells : FigureCells
        Contents.
    rows : array of int
        Row of the file of each.
    column : Column
        What they are.
    scale : {"thousand", "million"}, optional
        Multiple that the user says they are in.
    intake : Intake
        Takes faults and decisions.

    Returns
    -------
    Figures
    """
    numbers = read_numbers(cells.cells, typed=cells.typed)
    there = cells.places >= 0
    for state in (State.TEXT, State.AMBIGUOUS):
        wrong = np.flatnonzero((numbers.state == state) & there)
        contents = _contents(cells, wrong)
        kinds = np.array([_fault_of(cell, state) for cell in contents])
        for fault in dict.fromkeys(kinds.tolist()):
            these = wrong[kinds == fault]
            intake.faults.add(
                fault, rows=rows[these], columns=cells.places[these], values=_contents(cells, these)
            )
    _note_readings(cells, numbers, rows, column, intake)
    values = numbers.values.copy()
    rounded = _half_digit(values, cells.unit)
    _check_range(values, cells, rows, column, intake)
    factor = _factor(cells, column, scale, intake)
    values = _multiplied(values, factor)
    return Figures(values, numbers.state == State.EMPTY, rounded * factor, factor)


def _multiplied(values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Figures multiplied as decimals: 8375.2 thousand is 8375200, without binary dust."""
    if factor == 1.0:
        return values
    found, back = np.unique(values, return_inverse=True)
    times = Decimal(repr(factor))
    exact = [float(Decimal(repr(one)) * times) for one in found.tolist()]
    return np.array(exact, dtype=np.float64)[back]


def _fault_of(cell: object, state: State) -> str:
    if state == State.AMBIGUOUS:
        return "UnclearNumber"
    if isinstance(cell, dt.date | dt.time):
        return "DateForNumber"
    if cell == "=":  # the file holds the formula alone
        return "UnstoredFormula"
    return "SpoiltFormula" if str(cell)[:1] in ("#", "=") else "NotANumber"


def _contents(cells: FigureCells, where: Ints) -> list[object]:
    return [cells.cells.iloc[int(at)] for at in where]


def _note_readings(
    cells: FigureCells, numbers: Numbers, rows: Ints, column: Column, intake: Intake
) -> None:
    """Numbers that were more than plain, one decision for each way of reading."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for code, reading in enumerate(numbers.readings):
        if reading.reasons:
            alike.setdefault(reading.reasons, []).append(code)
    for reasons, codes in alike.items():
        where = np.flatnonzero(np.isin(numbers.codes, codes))
        if not where.size:
            continue
        first = int(where[0])
        after = numbers.values[first]
        intake.changes.add(
            ",".join(reasons),
            row=int(rows[first]),
            place=int(cells.places[first]),
            name=column.name,
            before=numbers.texts[numbers.codes[first]],
            after="" if np.isnan(after) else f"{after:.15g}",
            count=where.size,
        )


def _half_digit(values: NDArray[np.float64], unit: str) -> float:
    """Half a unit of the last digit that the figures are printed with."""
    given = values[~np.isnan(values)][:10_000]
    for digits in range(7):
        if np.allclose(given, np.round(given, digits), rtol=0, atol=1e-9):
            whole = digits == 0 and FACTORS.get(unit, 1.0) == 1.0
            return 0.0 if whole else 0.5 * 10.0**-digits
    return 0.0  # full precision: parts add up but for the last bits


def _check_range(
    values: NDArray[np.float64], cells: FigureCells, rows: Ints, column: Column, intake: Intake
) -> None:
    for fault, side, bound in (
        ("BelowRange", "low", column.low),
        ("AboveRange", "high", column.high),
    ):
        if bound is None:
            continue
        wrong = np.flatnonzero(values < bound if side == "low" else values > bound)
        intake.faults.add_facts(
            fault,
            {side: bound, "column": column},
            rows=rows[wrong],
            columns=cells.places[wrong],
            values=_contents(cells, wrong),
        )


def _factor(cells: FigureCells, column: Column, scale: Scale | None, intake: Intake) -> float:
    """What the figures are multiplied by: as the user says, never by a guess."""
    row, place = cells.heading
    clash = column.additive and cells.unit in ("percent", "rate")
    clash |= not column.additive and cells.unit in ("thousand", "million")
    clash |= column.units == "percent" and cells.unit == "rate"
    if clash:
        intake.faults.add_facts(
            "UnitClash",
            {"value": cells.said, "units": Unit(column.units)},
            rows=[row],
            columns=[place],
            values=[cells.said],
        )
        return 1.0
    if not column.additive:
        return 1.0
    own = 1e6 if column.units.startswith("million") else 1.0
    declared = cells.unit if cells.unit in FACTORS else ""
    if scale is not None and declared in ("", "one", scale):
        factor = FACTORS[scale] / own
        reason = "scaled" if factor != 1.0 else ""
    else:
        factor = FACTORS[declared] / own if declared not in ("", "one") else 1.0
        reason = ""
    if factor != 1.0 and not reason:
        intake.faults.add_facts(
            "DeclaredUnit",
            {"value": cells.said, "units": Unit(column.units), "scale": declared},
            rows=[row],
            columns=[place],
            values=[cells.said],
        )
        return factor
    if reason:
        intake.changes.add(
            reason, row=row, place=place, name=column.name, before=1, after=f"{factor:g}"
        )
    return factor
