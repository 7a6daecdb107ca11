# SPDX-License-Identifier: Apache-2.0
"""What the tables and pictures of a country's projection share: columns, frames, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import xarray as xr

from keruen.report.build import Series
from keruen.report.document import Status
from keruen.report.locale import Count, Message, Percent, Value, msg
from keruen.report.outlook import BASE, END, PATHS, SEED, Told
from keruen.report.records import shipped_record

if TYPE_CHECKING:
    import pandas as pd

_LEAD: Final = "10"  # years ahead of the record told

BANDS: Final[Mapping[str, tuple[str, str]]] = {
    "95 %": ("lower_95", "upper_95"),
    "80 %": ("lower_80", "upper_80"),
}
"""Intervals of pictures, by columns of a frame, the wider first."""

LEVELS: Final[Mapping[str, float]] = {
    "lower_95": 0.025,
    "lower_80": 0.1,
    "upper_80": 0.9,
    "upper_95": 0.975,
}
_BOUNDS: Final[Mapping[str, Message]] = {
    "lower_95": msg("95 %, lower bound"),
    "lower_80": msg("80 %, lower bound"),
    "upper_80": msg("80 %, upper bound"),
    "upper_95": msg("95 %, upper bound"),
}


def shown_years(*, base: bool = True) -> list[int]:
    """Rows of tables: the base, and the ends of every fifth year."""
    return [*([BASE] if base else []), *range(BASE + 2, END + 1, 5)]


def status(label: object) -> Status:
    """Estimates to the base, projection after."""
    return "estimate" if int(str(label)) <= BASE else "projection"


def bound(fan: xr.DataArray, name: str) -> xr.DataArray:
    """One bound of the quantiles."""
    return fan.sel(quantile=LEVELS[name], method="nearest").drop_vars("quantile")


def fan_columns(
    key: str,
    label: Value,
    told: Told,
    unit: str,
    *,
    sources: tuple[str, ...],
    decimals: int = 0,
    alone: bool = False,
    levels: Sequence[str] = tuple(LEVELS),
) -> list[Series]:
    """Columns of a quantity: the medium and the bounds of its intervals.

    Parameters
    ----------
    key : str
        Short name.
    label : Value
        Name of the quantity.
    told : (DataArray, DataArray)
        The medium and the quantiles.
    unit : str
        Unit.
    sources : tuple of str
        Data sets.
    decimals : int, optional
        Digits after the decimal mark.
    alone : bool, optional
        Whether the table holds no other quantity, so that bounds need not name it.
    levels : sequence of str, optional
        Bounds that have a column, of ``LEVELS``.

    Returns
    -------
    list of Series
    """
    medium, fan = told
    whole = (bound(fan, "lower_95"), bound(fan, "upper_95"), 95)
    shared: dict[str, Any] = {"unit": unit, "sources": sources, "decimals": decimals}
    columns = [Series(key, label, medium, status=status, bounds=whole, **shared)]
    for name in levels:
        words = _BOUNDS[name] if alone else msg("{what}: {bound}", what=label, bound=_BOUNDS[name])
        columns.append(Series(f"{key}_{name}", words, bound(fan, name), status=status, **shared))
    return columns


def fan_frame(told: Told, factor: float = 1.0) -> pd.DataFrame:
    """Medium and bounds by year, for a chart with intervals."""
    import pandas as pd

    medium, fan = told
    frame = pd.DataFrame({"year": medium["year"].to_numpy(), "medium": medium.to_numpy() / factor})
    for name in LEVELS:
        bounds = bound(fan, name).reindex(year=medium["year"].to_numpy())
        frame[name] = bounds.to_numpy() / factor
    return frame


def in_unit(*values: float) -> tuple[float, Message]:
    """Divisor and unit that leave numbers of people short on an axis."""
    most = max(abs(value) for value in values)
    if most >= 3e6:
        return 1e6, msg("million persons")
    return (1e3, msg("thousand persons")) if most >= 1e4 else (1.0, msg("persons"))


def record_note(country: str = "", *, of: Literal["totals", "ages"] | None = None) -> Message:
    """What past projections say of a figure, in the reader's language.

    Parameters
    ----------
    country : str, optional
        ISO 3166-1 alpha-3 code, whose own errors are told.
    of : {"totals", "ages"}, optional
        What was tested; "not evaluated" when nothing was.

    Returns
    -------
    Message
    """
    if of is None:
        return msg("Track record of this projection: not evaluated.")
    found = shipped_record()
    tested = found[of][_LEAD]
    words: dict[str, Value | str] = {
        "number": Count(tested["countries"]),
        "rival": Percent(tested["rival_mae"]),
    }
    if of == "ages":
        return msg(
            "Track record, ages and sexes ten years ahead, mean of {number} countries: off by "
            "{error} of the population, the best naive rule by {rival}. The test makes its own "
            "assumptions from today's estimates cut at the time. Beyond 20 years: not evaluated.",
            error=Percent(tested["wape"]),
            **words,
        )
    errors = dict(zip(found[of], found["countries"].get(country, ()), strict=False))
    return msg(
        "Track record, totals ten years ahead, mean of {number} countries: off by {error}, the "
        "best naive rule by {rival}; 80 % bounds held {inside} of outcomes; this country: "
        "{own}. The test makes its own assumptions from today's estimates cut at the time. "
        "Beyond 20 years: not evaluated.",
        error=Percent(tested["mae"]),
        inside=Percent(100 * tested["inside_80"], 0),
        own=Percent(errors[_LEAD]) if _LEAD in errors else msg("not evaluated"),
        **words,
    )


def method_note(*, paths: bool = True) -> Message:
    """How the figures were made."""
    if not paths:
        return msg(
            "End of the year. Own projection from the components of World Population Prospects "
            "2024, medium variant."
        )
    return msg(
        "End of the year. Own projection from the components of World Population Prospects 2024, "
        "medium variant; intervals from {paths} paths around it, seed {seed}.",
        paths=Count(PATHS),
        seed=Count(SEED),
    )


def finds(told: Told, year: int, names: Sequence[str] = ("lower_80", "upper_80")) -> list[float]:
    """Medium and bounds of a year, for sentences."""
    medium, fan = told
    return [
        float(medium.sel(year=year)),
        *(float(bound(fan, name).sel(year=year)) for name in names),
    ]
