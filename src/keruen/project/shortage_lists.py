# SPDX-License-Identifier: Apache-2.0
"""Shortage lists: three questions in turn, the reason of each entry, and how firm it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.project.shortage import ShortageFlags, shortage_flags

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["on the list", "off the list", "to be consulted"]
"""What a list says of an occupation."""


def flag_stability(replicates: xr.DataArray, **options: object) -> xr.DataArray:
    """Share of resampled surveys in which an occupation is flagged.

    Parameters
    ----------
    replicates : DataArray [trajectory, series, occupation]
        Indicators computed anew from each resampling of the survey weights.
    **options
        ``direction`` and the other options of :func:`~keruen.project.shortage.shortage_flags`.

    Returns
    -------
    DataArray [occupation], share
        Missing where a replicate has too few indicators.

    Raises
    ------
    CoverageError
        As for :func:`~keruen.project.shortage.shortage_flags`.

    See Also
    --------
    keruen.project.shortage.shortage_flags : The verdict on the survey itself.

    Examples
    --------
    >>> told = {"trajectory": [0, 1], "series": ["pay"], "occupation": ["21", "51", "91"]}
    >>> drawn = xr.DataArray([[[6.0, 2.0, 1.0]], [[2.0, 2.0, 1.0]]], told)
    >>> flag_stability(drawn, direction={"pay": "high"}).values.tolist()
    [0.5, 0.0, 0.0]
    """
    require_dims(replicates, "trajectory", "series", "occupation", name="replicates")
    flagged = shortage_flags(replicates, **options).flagged  # type: ignore[arg-type]
    share = flagged.mean("trajectory", skipna=False)
    return stamp(share, name="stability", units="share", kind="share")


def shortage_list(
    flags: ShortageFlags, *, skilled: xr.DataArray, sensible: xr.DataArray | None = None
) -> pd.DataFrame:
    """The list: skilled, in shortage, sensible to fill by migration; each with its reason.

    Parameters
    ----------
    flags : ShortageFlags
        Answers to the second question.
    skilled : DataArray [occupation], 0 or 1
        Whether the occupation is skilled enough for the list.
    sensible : DataArray [occupation], 0 or 1, optional
        Whether migration is a sensible answer: a judgement about training, pay and
        automation that no indicator makes. Where it is missing, a shortage is to be
        consulted on.

    Returns
    -------
    DataFrame
        ``occupation``, ``verdict`` (on the list, off the list, to be consulted), ``score``,
        ``margin``, ``turned_by``, ``reason``. A recommendation, not a filter.

    Raises
    ------
    CoverageError
        Occupations differ.

    See Also
    --------
    keruen.project.shortage.shortage_flags : Makes the flags.

    References
    ----------
    Migration Advisory Committee (2017). Assessing labour market shortages: a methodology
    update.

    Examples
    --------
    >>> told = {"series": ["pay"], "occupation": ["2221", "5120", "9112"]}
    >>> flags = shortage_flags(xr.DataArray([[6.0, 2.0, 4.0]], told), direction={"pay": "high"})
    >>> able = xr.DataArray([1, 1, 0], {"occupation": ["2221", "5120", "9112"]})
    >>> shortage_list(flags, skilled=able)["verdict"].tolist()
    ['to be consulted', 'off the list', 'off the list']
    """
    asked = skilled * np.nan if sensible is None else sensible
    flagged, skilled, asked = same_cells(
        flags.flagged.rename("flags"), skilled.rename("skilled"), asked.rename("sensible")
    )
    table = flags.to_table()
    rows = [
        _verdict(able, short, wise, reason)
        for able, short, wise, reason in zip(
            skilled.to_numpy(), flagged.to_numpy(), asked.to_numpy(), table["reason"], strict=True
        )
    ]
    table["verdict"] = [verdict for verdict, _ in rows]
    table["reason"] = [reason for _, reason in rows]
    return table[["occupation", "verdict", "score", "margin", "turned_by", "reason"]]


def _verdict(able: float, short: float, wise: float, reason: str) -> tuple[Verdict, str]:
    if able != 1:
        return "off the list", f"not skilled enough; {reason}"
    if np.isnan(short):
        return "to be consulted", f"too few indicators are known; {reason}"
    if not short:
        return "off the list", f"no shortage; {reason}"
    if np.isnan(wise):
        return "to be consulted", f"in shortage, not judged whether migration helps; {reason}"
    if not wise:
        return "off the list", f"in shortage, but migration is judged no answer; {reason}"
    return "on the list", f"skilled, in shortage, sensible; {reason}"
