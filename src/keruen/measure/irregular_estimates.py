# SPDX-License-Identifier: Apache-2.0
"""Estimates of an irregular population: what each must say, and all of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import few, same_cells, stamp
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

Covers = Literal["stay", "entry", "work"]
"""What makes the people counted irregular: their stay, how they came, or their work."""


@dataclass(frozen=True)
class IrregularEstimate:
    """An estimate of how many people there are, with all that a reader must know of it.

    Parameters
    ----------
    method : str
        How it was made.
    value : DataArray [any dims], persons
        The estimate; missing where a method gives bounds alone.
    lower, upper : DataArray [same dims], persons
        Interval, 95 % unless ``interval`` says otherwise; an upper limit may be infinite.
    covers : {"stay", "entry", "work"}
        What makes the people counted irregular.
    moment : str
        The date or period it stands for.
    assumption : str
        What must hold for it to be right.
    interval : str
        What the interval is made of.
    notes : tuple of str, optional
        What is weak about it, and why something is missing or wide.

    See Also
    --------
    joint_view : Sets estimates side by side.
    """

    method: str
    value: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    covers: Covers
    moment: str
    assumption: str
    interval: str
    notes: tuple[str, ...] = field(default=())

    def to_table(self) -> pd.DataFrame:
        """Tidy table.

        Returns
        -------
        DataFrame
            Dimensions, ``value``, ``lower``, ``upper``, ``status``, ``method``, ``covers``,
            ``moment``, ``interval``, ``assumption``, ``notes``.
        """
        import pandas as pd

        from keruen.core.tables import to_table

        parts = {"value": self.value, "lower": self.lower, "upper": self.upper}
        if self.value.ndim:
            table = to_table(self.value.rename("value"))
            for name in ("lower", "upper"):
                table[name] = parts[name].transpose(*self.value.dims).to_numpy().ravel()
        else:
            table = pd.DataFrame({name: [float(one)] for name, one in parts.items()})
        return table.assign(
            status="estimated",
            method=self.method,
            covers=self.covers,
            moment=self.moment,
            interval=self.interval,
            assumption=self.assumption,
            notes="; ".join(self.notes),
        )


@dataclass(frozen=True)
class JointView:
    """Estimates of one irregular population side by side.

    Parameters
    ----------
    estimates : DataArray [method, bound, ...], persons
        ``lower``, ``value`` and ``upper`` of each.
    together : DataArray [method, other, ...], bool
        Whether the intervals of two overlap, so that they cannot be told apart.
    covers, moment : DataArray [method]
        What each estimate counts, and when.
    statement : str
        What may be said of them together.

    See Also
    --------
    joint_view : Makes it.
    """

    estimates: xr.DataArray
    together: xr.DataArray
    covers: xr.DataArray
    moment: xr.DataArray
    statement: str

    def to_table(self) -> pd.DataFrame:
        """Tidy table: a row a method and cell, with what it cannot be told apart from.

        Returns
        -------
        DataFrame
        """
        from keruen.core.tables import to_table

        rest = [d for d in self.estimates.dims if d not in ("method", "bound")]
        long = to_table(self.estimates.transpose("method", *rest, "bound").rename("persons"))
        wide = long.pivot(index=["method", *map(str, rest)], columns="bound", values="persons")
        table = wide.reset_index()[["method", *map(str, rest), "value", "lower", "upper"]]
        table.columns.name = None
        given = {name: place for place, name in enumerate(self.estimates.indexes["method"])}
        table = table.sort_values("method", key=lambda s: s.map(given), kind="stable")
        table = table.reset_index(drop=True)
        alike = self.together.all(rest) if rest else self.together
        names = alike.indexes["other"]
        said = {
            name: ", ".join(str(n) for n in names[row] if n != name)
            for name, row in zip(alike.indexes["method"], alike.to_numpy(), strict=True)
        }
        for fact, array in (("covers", self.covers), ("moment", self.moment)):
            table[fact] = table["method"].map(
                dict(zip(array["method"].values, array.values, strict=True))
            )
        return table.assign(not_told_apart_from=table["method"].map(said))


def joint_view(
    estimates: Sequence[IrregularEstimate], *, observed: xr.DataArray | None = None
) -> JointView:
    """Estimates side by side, and which of them cannot be told apart.

    Parameters
    ----------
    estimates : sequence of IrregularEstimate
        Two or more, with different methods and the same dimensions.
    observed : DataArray [same dims or fewer], persons, optional
        People counted, of whom no estimate may have fewer.

    Returns
    -------
    JointView

    Raises
    ------
    SchemaError
        Fewer than two estimates (``NothingToCompare``), a method twice (``DuplicateKey``),
        or an upper limit below the people counted (``BelowObserved``).
    CoverageError
        The estimates have different labels.

    Notes
    -----
    Two estimates cannot be told apart when their intervals overlap: the careful reading for
    intervals of which some are bounds of judgement. No estimate is preferred and none
    averaged: methods that disagree rest on assumptions that cannot all hold.

    Examples
    --------
    >>> a = IrregularEstimate("a", *(xr.DataArray(v) for v in (5.0, 4.0, 9.0)),
    ...     covers="stay", moment="2024", assumption="", interval="95 %")
    >>> b = IrregularEstimate("b", *(xr.DataArray(v) for v in (11.0, 8.0, 20.0)),
    ...     covers="stay", moment="2024", assumption="", interval="95 %")
    >>> joint_view([a, b]).statement
    'The 2 estimates span 4 to 20 persons and cannot be told apart.'
    """
    faults = _faults(estimates)
    raise_faults(faults)
    names = [one.method for one in estimates]
    shaped = [same_cells(*(getattr(one, b) for one in estimates)) for b in _BOUNDS]
    method = xr.DataArray(names, dims="method", coords={"method": names})
    table = xr.concat(
        [xr.concat(list(row), dim=method.rename(None), join="exact") for row in shaped],
        dim=xr.DataArray(list(_BOUNDS), dims="bound", name="bound"),
    ).assign_coords(method=names)
    lower, upper = (table.sel(bound=b, drop=True) for b in ("lower", "upper"))
    _refuse_below(upper, observed)
    other_lower, other_upper = (a.rename(method="other") for a in (lower, upper))
    together = ~((lower > other_upper) | (other_lower > upper))  # a missing one contradicts none
    return JointView(
        estimates=stamp(table, name="irregular_population", units="persons", kind="count"),
        together=together.rename("together"),
        covers=method.copy(data=[one.covers for one in estimates]).rename("covers"),
        moment=method.copy(data=[one.moment for one in estimates]).rename("moment"),
        statement=_statement(estimates, lower, upper, together),
    )


_BOUNDS: Final = ("lower", "value", "upper")


def _faults(estimates: Sequence[IrregularEstimate]) -> list[WorkbenchError]:
    names = [one.method for one in estimates]
    faults: list[WorkbenchError] = []
    if len(names) < 2:
        faults.append(
            SchemaError(
                f"{len(names)} estimate given", where="estimates",
                remedy="give two or more", id="NothingToCompare",
            )
        )  # fmt: skip
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(
            SchemaError(
                f"methods stand twice: {few(twice)}", where="estimates",
                remedy="name each apart: dataclasses.replace(estimate, method=...)",
                id="DuplicateKey",
            )
        )  # fmt: skip
    return faults


def _refuse_below(upper: xr.DataArray, observed: xr.DataArray | None) -> None:
    if observed is None:
        return
    below = (upper < observed).any([d for d in upper.dims if d != "method"])
    if bool(below.any()):
        names = upper.indexes["method"][below.to_numpy()]
        raise SchemaError(
            "an estimate is below the number of people counted",
            where=few(names),
            remedy="check that both stand for the same people and period",
            id="BelowObserved",
        )


def _statement(
    estimates: Sequence[IrregularEstimate],
    lower: xr.DataArray,
    upper: xr.DataArray,
    together: xr.DataArray,
) -> str:
    """What may be said of the estimates together, in plain words."""
    count, known = len(estimates), lower.notnull().any(_rest(lower))
    if not bool(known.any()):
        return f"None of the {count} estimates has a figure."
    low, high = float(lower.min()), float(upper.max())
    open_ended = int((upper == np.inf).any(_rest(upper)).sum())
    span = (
        f"The {count} estimates begin at {low:,.0f} persons, {open_ended} without an upper limit"
        if open_ended
        else f"The {count} estimates span {low:,.0f} to {high:,.0f} persons"
    )
    lacking = count - int(known.sum())
    missing = f" {lacking} {'is' if lacking == 1 else 'are'} missing." if lacking else ""
    differ = _differences(estimates)
    if bool(together.all()):
        said = f"{span}{',' * bool(open_ended)} and cannot be told apart."
        return f"{said}{missing}{differ and f' {differ}.'}"
    pairs = int((~together.all(_others(together))).sum()) // 2
    ends = [estimates[place].method for place in _extremes(lower, upper)]
    return (
        f"{span}.{missing} They are not one answer: the intervals of {pairs} of "
        f"{count * (count - 1) // 2} pairs do not overlap, such as {ends[0]} and {ends[1]}"
        + (f". {differ}, so that all may be right." if differ else _CONTRADICT)
    )


_CONTRADICT: Final = ", so that their assumptions cannot all hold."


def _differences(estimates: Sequence[IrregularEstimate]) -> str:
    """What else than the method tells the estimates apart; empty when nothing does."""
    kinds = sorted({one.covers for one in estimates})
    moments = list(dict.fromkeys(one.moment for one in estimates))
    found = []
    if len(kinds) > 1:
        found.append(f"count different people ({', '.join(kinds)})")
    if len(moments) > 1:
        found.append(f"stand for different periods ({few(moments)})")
    return f"They {' and '.join(found)}" if found else ""


def _rest(bound: xr.DataArray) -> list[str]:
    return [str(d) for d in bound.dims if d != "method"]


def _others(together: xr.DataArray) -> list[str]:
    return [str(d) for d in together.dims if d not in ("method", "other")]


def _extremes(lower: xr.DataArray, upper: xr.DataArray) -> tuple[int, int]:
    """The estimate that ends lowest and the one that begins highest, in some cell."""
    rest = _rest(upper)
    ends, begins = upper.min(rest).to_numpy(), lower.max(rest).to_numpy()
    return int(np.nanargmin(ends)), int(np.nanargmax(begins))
