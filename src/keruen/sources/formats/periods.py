# SPDX-License-Identifier: Apache-2.0
"""Years, quarters and months: as text of one dimension, and as dimensions side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.sources._words import meaning
from keruen.sources.formats.cube import refuse_size

_PERIOD: Final = re.compile(r"(\d{4})(?:-?([QSM])?(\d{1,2}))?$")


def period(code: str, name: str = "") -> str | None:
    """A period as ISO text; None for anything but years, quarters and months.

    Parameters
    ----------
    code : str
        Code of the period.
    name : str
        Its name, looked at when the code says nothing.

    Returns
    -------
    str or None

    Examples
    --------
    >>> period("2020"), period("2020Q1"), period("2020-M03"), period("1", "2019 год"), period("x")
    ('2020', '2020-Q1', '2020-03', '2019', None)
    """
    for text in (code, name):
        if found := _PERIOD.match(text.strip()):
            return _written(found[1], found[2], found[3])
        year = meaning("year", text)
        if year.state == "code":
            return str(year.code)
    return None


def _written(year: str, part: str | None, number: str | None) -> str | None:
    if number is None:
        return year
    if part == "Q":
        return f"{year}-Q{number}" if 1 <= int(number) <= 4 else None
    if part in (None, "M") and len(number) == 2 and 1 <= int(number) <= 12:
        return f"{year}-{number}"
    return None


def split_periods(
    array: xr.DataArray, marks: xr.DataArray | None, where: str
) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Quarters and months as a dimension beside the year, when there is nothing else."""
    if "time" not in array.dims:
        return array, marks
    labels = [str(label) for label in array.indexes["time"]]
    for part, form in (("quarter", r"(\d{4})-Q([1-4])$"), ("month", r"(\d{4})-(\d{2})$")):
        found = [re.match(form, label) for label in labels]
        if part in array.dims or "year" in array.dims or not all(found):
            continue
        pairs = [(int(one[1]), int(one[2])) for one in found if one]
        years, parts = sorted({y for y, _ in pairs}), sorted({p for _, p in pairs})
        sizes = {str(d): n for d, n in array.sizes.items() if d != "time"}
        refuse_size({**sizes, "year": len(years), part: len(parts)}, where)
        split = _Split(part, pairs, years, parts)
        return split.of(array, np.nan), None if marks is None else split.of(marks, "")
    return array, marks


@dataclass(frozen=True)
class _Split:
    """Periods as pairs of a year and its part."""

    part: str
    pairs: list[tuple[int, int]]
    years: list[int]
    parts: list[int]

    def of(self, array: xr.DataArray, empty: float | str) -> xr.DataArray:
        axis = array.get_axis_num("time")
        cells = np.moveaxis(array.to_numpy(), axis, -1)
        full = len(self.pairs) == len(self.years) * len(self.parts)
        dtype = cells.dtype if full or cells.dtype.kind not in "iu" else np.dtype(float)
        shape = (*cells.shape[:-1], len(self.years), len(self.parts))
        split = np.full(shape, empty if not full or dtype.kind == "O" else 0, dtype=dtype)
        for place, (year, part) in enumerate(self.pairs):
            split[..., self.years.index(year), self.parts.index(part)] = cells[..., place]
        rest = [dim for dim in array.dims if dim != "time"]
        coords = {str(dim): array.indexes[str(dim)].tolist() for dim in rest}
        return xr.DataArray(
            split,
            dims=[*rest, "year", self.part],
            coords={**coords, "year": self.years, self.part: self.parts},
            name=array.name,
        )
