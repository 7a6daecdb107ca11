# SPDX-License-Identifier: Apache-2.0
"""Cut-offs predicted from a published pool: counts by band of scores, and the size of a round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import AccountError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.points._draws_kernel import Bools, Floats

if TYPE_CHECKING:
    import pandas as pd

BandMethod = Literal["exponential", "linear"]
"""How a band is filled between its ends."""

TOTAL: Final = "total"
"""Label of the whole pool."""

_STEPS: Final = 80


@dataclass(frozen=True)
class CutoffPrediction:
    """Cut-offs predicted from bands of scores.

    Parameters
    ----------
    cutoff : DataArray [...], points
        Lowest score invited; missing where the round is larger than the pool, where it is
        empty, or where the cut-off falls into the highest band.
    lowest, highest : DataArray [...], points
        Ends of the band that holds the cut-off: certain, whatever the method.
    method : {"exponential", "linear"}
        How the band was filled.

    See Also
    --------
    predict_cutoff : Makes it.
    """

    cutoff: xr.DataArray
    lowest: xr.DataArray
    highest: xr.DataArray
    method: BandMethod

    def to_table(self) -> pd.DataFrame:
        """One row a round.

        Returns
        -------
        DataFrame
            Keys, ``cutoff``, ``lowest``, ``highest``.
        """
        parts = [self.cutoff, self.lowest, self.highest]
        return xr.merge(parts, combine_attrs="drop").to_dataframe().reset_index()


def finest_bands(bands: xr.DataArray) -> xr.DataArray:
    """The bands that no other divides, from the lowest, after every identity has been checked.

    Parameters
    ----------
    bands : DataArray [..., band], persons
        Candidates by band, labelled ``"451-500"`` with both ends; bands may stand beside
        their parts, and ``total`` beside all. Canada's file of rounds has tens within 401-450
        and 451-500.

    Returns
    -------
    DataArray [..., band], persons

    Raises
    ------
    SchemaError
        A label is not a band (``BadBand``), bands overlap or leave scores out (``Gap``), a
        count is missing, negative or not whole (``BadCount``).
    AccountError
        Parts do not add up to their band, or bands to the total: all such places at once.

    See Also
    --------
    predict_cutoff : Uses them.

    Examples
    --------
    >>> pool = xr.DataArray([30.0, 10.0, 20.0, 5.0, 35.0],
    ...     {"band": ["451-500", "491-500", "451-490", "0-450", "total"]})
    >>> finest_bands(pool)["band"].values.tolist()
    ['0-450', '451-490', '491-500']
    """
    require_dims(bands, "band", name="bands")
    ends = {str(name): _ends(str(name)) for name in bands.indexes["band"] if str(name) != TOTAL}
    raise_faults(_count_faults(bands), where="the pool by band")
    parts = {name: _inside(name, ends) for name in ends}
    finest = sorted((name for name in ends if not parts[name]), key=lambda name: ends[name])
    raise_faults(_cover_faults(finest, parts, ends), where="the pool by band")
    wholes = {name: made for name, made in parts.items() if made}
    if TOTAL in bands.indexes["band"]:
        wholes[TOTAL] = finest
    raise_faults(_sum_faults(bands, wholes), where="the pool by band")
    return bands.sel(band=finest)


def predict_cutoff(
    bands: xr.DataArray, size: xr.DataArray | int, *, method: BandMethod = "exponential"
) -> CutoffPrediction:
    """Cut-off of a round from the pool by band just before it.

    Parameters
    ----------
    bands : DataArray [..., band], persons
        As for :func:`finest_bands`.
    size : DataArray [...] or int, persons
        Invitations of each round.
    method : {"exponential", "linear"}, optional
        ``linear`` spreads a band evenly over its scores.

    Returns
    -------
    CutoffPrediction

    Raises
    ------
    SchemaError
        As :func:`finest_bands`, a size below 1 (``BadSetting``), or an unknown method.
    AccountError
        The bands do not add up.

    See Also
    --------
    keruen.decide.points.draws.hold_draw : Exact, when the pool is known person by person.

    Notes
    -----
    In the band ``[a, b)`` with ``N`` people the density is ``d exp(-k (x - a))``, with ``d`` the
    mean density of the band below and ``k`` such that the band holds ``N``: a truncated
    exponential tail, continuous with the density below. With ``u = k (b - a)`` it solves
    ``(1 - exp(-u)) / u = N / (d (b - a))``, by bisection; where the band below is empty, the
    band is filled evenly. A score ``s`` stands for ``[s, s + 1)``. Of the highest band nothing is
    predicted: it holds people whose points come from elsewhere, such as a nomination.
    The round is taken to be open to the whole pool; for a round of a category the prediction
    does not hold.

    Examples
    --------
    >>> pool = xr.DataArray([100.0, 90.0, 40.0, 0.0],
    ...     {"band": ["481-490", "491-500", "501-600", "601-1200"]})
    >>> predict_cutoff(pool, 20).cutoff.item()
    504.0
    >>> predict_cutoff(pool, 20, method="linear").cutoff.item()
    551.0
    """
    if method not in get_args(BandMethod):
        raise SchemaError(
            f"no such method: {method}", where="method", remedy="choose exponential or linear"
        )
    known = finest_bands(bands)
    wanted = xr.DataArray(size) if isinstance(size, int) else size
    if not bool((wanted >= 1).all()):
        raise SchemaError(
            "a size is missing or below 1",
            where="size",
            remedy="give the invitations of each round",
            id="BadSetting",
        )
    wanted, table = xr.broadcast(wanted, known, exclude=["band"])
    table = table.transpose(*wanted.dims, "band")
    low, high = np.array([_ends(str(name)) for name in known.indexes["band"]], dtype=float).T
    place, within = _place(table.to_numpy().astype(float), wanted.to_numpy().astype(float))
    counts = table.to_numpy().astype(float)
    cutoff = _cutoff(counts, place, within, (low, high + 1.0), method=method)
    known_band = place >= 0

    def points(values: Floats, name: str) -> xr.DataArray:
        return stamp(wanted.copy(data=values), name=name, units="points", kind="index")

    return CutoffPrediction(
        cutoff=points(cutoff, "cutoff"),
        lowest=points(np.where(known_band, low[place], np.nan), "lowest"),
        highest=points(np.where(known_band, high[place], np.nan), "highest"),
        method=method,
    )


def _place(counts: Floats, wanted: Floats) -> tuple[np.ndarray, Floats]:
    """Band of the last invited, -1 where the pool is too small; how many it gives."""
    above = np.cumsum(counts[..., ::-1], axis=-1)
    last = (above >= wanted[..., None]).argmax(axis=-1)
    enough = above[..., -1] >= wanted
    reached = np.take_along_axis(above, last[..., None], axis=-1)[..., 0]
    place = counts.shape[-1] - 1 - last
    inside = np.take_along_axis(counts, place[..., None], axis=-1)[..., 0]
    return np.where(enough, place, -1), wanted - (reached - inside)


def _cutoff(
    counts: Floats,
    place: np.ndarray,
    within: Floats,
    ends: tuple[Floats, Floats],
    *,
    method: BandMethod,
) -> Floats:
    """Score of the person who is the last of those the band gives."""
    low, high = ends
    width = high - low
    inside = np.take_along_axis(counts, np.maximum(place, 0)[..., None], axis=-1)[..., 0]
    under = np.maximum(place - 1, 0)
    density = np.take_along_axis(counts, under[..., None], axis=-1)[..., 0] / width[under]
    known = (place >= 0) & (place < counts.shape[-1] - 1)
    share = np.where(known, within / np.where(inside > 0, inside, 1.0), 1.0)
    even = (method == "linear") | (density <= 0) | (place == 0)
    whole = np.where(even, 1.0, density * width[np.maximum(place, 0)])
    decay = _decay(np.where(even | (inside <= 0), 1.0, inside / whole))
    flat = np.abs(decay) < 1e-9
    safe = np.where(flat, 1.0, decay)
    tail = -np.log(np.exp(-safe) + share * -np.expm1(-safe)) / safe
    at = np.where(flat, 1.0 - share, tail)
    score = np.floor(low[np.maximum(place, 0)] + at * width[np.maximum(place, 0)] + 1e-9)
    return np.where(known, np.clip(score, low[place], high[place] - 1), np.nan)


def _decay(ratio: Floats) -> Floats:
    """Root ``u`` of ``(1 - exp(-u)) / u = ratio``, which falls in ``u``."""
    low, high = np.full(ratio.shape, -700.0), 1.0 / ratio + 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        safe = np.where(np.abs(middle) < 1e-12, 1e-12, middle)
        over: Bools = -np.expm1(-safe) / safe > ratio
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return (low + high) / 2


def _ends(name: str) -> tuple[int, int]:
    """Both ends of a band."""
    first, dash, last = name.partition("-")
    if not (dash and first.strip().isdecimal() and last.strip().isdecimal()):
        raise _bad(name)
    low, high = int(first), int(last)
    if low > high:
        raise _bad(name)
    return low, high


def _bad(name: str) -> SchemaError:
    return SchemaError(
        f"'{name}' is not a band of scores",
        where="band",
        remedy="write both ends, as in 451-500, or total",
        id="BadBand",
    )


def _inside(whole: str, ends: dict[str, tuple[int, int]]) -> list[str]:
    """The largest bands inside a band."""
    low, high = ends[whole]
    inner = {n: e for n, e in ends.items() if n != whole and low <= e[0] and e[1] <= high}
    return [
        name
        for name, (start, end) in inner.items()
        if not any(n != name and e[0] <= start and end <= e[1] for n, e in inner.items())
    ]


def _count_faults(bands: xr.DataArray) -> Iterator[WorkbenchError]:
    values = np.asarray(bands.to_numpy(), dtype=float)
    wrong = ~np.isfinite(values) | (values < 0) | (values != np.round(values))
    if wrong.any():
        axes = tuple(axis for axis, dim in enumerate(bands.dims) if dim != "band")
        names = bands.indexes["band"].to_numpy()[wrong.any(axes)]
        yield SchemaError(
            f"counts are missing, negative or not whole in {few(names)}",
            where="bands",
            remedy="give whole numbers of 0 or more for every band and round",
            id="BadCount",
        )


def _cover_faults(
    finest: list[str], parts: dict[str, list[str]], ends: dict[str, tuple[int, int]]
) -> Iterator[WorkbenchError]:
    """Bands that overlap, and scores between bands that none holds."""
    for before, after in pairwise(finest):
        step = ends[after][0] - ends[before][1]
        if step != 1:
            what = "overlap" if step < 1 else "leave scores out between them"
            yield SchemaError(
                f"the bands {before} and {after} {what}",
                where="band",
                remedy="give bands that follow each other",
                id="Gap",
            )
    for whole, inner in parts.items():
        low, high = ends[whole]
        if inner and (min(ends[n][0] for n in inner), max(ends[n][1] for n in inner)) != (
            low,
            high,
        ):
            yield SchemaError(
                f"the parts of {whole} do not cover it",
                where="band",
                remedy="give all its parts or none",
                id="Gap",
            )


def _sum_faults(bands: xr.DataArray, wholes: dict[str, list[str]]) -> Iterator[WorkbenchError]:
    """Parts that do not add up to their band, and bands to the total."""
    for whole, inner in wholes.items():
        gap = bands.sel(band=inner).sum("band") - bands.sel(band=whole, drop=True)
        values = np.atleast_1d(gap.to_numpy())
        if (values != 0).any():
            first = np.unravel_index(np.abs(values).argmax(), values.shape)
            labels = [
                f"{dim}={gap.indexes[str(dim)][at]}"
                for dim, at in zip(gap.dims, first, strict=False)
            ]
            yield AccountError(
                f"the parts of {whole} give {values[first]:+,.0f} persons in "
                f"{int((values != 0).sum())} of {values.size} rounds",
                where=f"largest gap: {', '.join(labels)}" if labels else "the pool",
                remedy="mend the counts at the source",
                id="PartsNotWhole",
            )
