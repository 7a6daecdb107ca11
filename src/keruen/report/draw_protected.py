# SPDX-License-Identifier: Apache-2.0
"""What may be shown of a pool of persons: no small count, and none that could be worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.measure.disclosure import hide_small_counts
from keruen.report.locale import Message, msg

if TYPE_CHECKING:
    from keruen.report.draw_run import DrawRun

HIDDEN: Final = msg(
    "Small counts of candidates, and those from which they could be worked out, are not shown; no "
    "candidate is listed."
)
"""What stands beneath figures of which some are hidden."""

_INVITED: Final = "invited"


def shown_outcomes(run: DrawRun) -> dict[str, float]:
    """Candidates by what the first round means for them.

    Parameters
    ----------
    run : DrawRun
        The run.

    Returns
    -------
    dict of str to float
        Missing where a count may not be shown. The invited always stand there: their number is
        the policy's, so that it protects nobody to hide it, and nothing may rest on it.
    """
    counted = run.first.outcome.to_series().value_counts()
    found = {str(name): float(number) for name, number in counted.items()}
    rest = {name: number for name, number in found.items() if name != _INVITED}
    return {_INVITED: 0.0, **found, **_shown(rest, run.least)}


def shown_groups(start: xr.DataArray, least: int) -> np.ndarray:
    """Share of each group in the pool at the start.

    Parameters
    ----------
    start : DataArray [segment], persons
        Candidates of each group.
    least : int
        Smallest count that may be shown; 0 for all.

    Returns
    -------
    ndarray
        Percent; missing where the count may not be shown.
    """
    counts = dict(enumerate(start.to_numpy().astype(float).tolist()))
    shown = _shown({str(place): number for place, number in counts.items()}, least)
    whole = float(start.sum()) or np.nan  # nobody is left in a pool that has expired
    return 100 * np.array(list(shown.values())) / whole


def tie_break(run: DrawRun) -> Message | None:
    """The moment of the last invited; its day alone, and of many who came then, when protected.

    Parameters
    ----------
    run : DrawRun
        The run.

    Returns
    -------
    Message or None
        None where it may not be told, or nobody is invited.
    """
    if not run.first.invited:
        return None
    moment = run.first.tie_break
    if not run.least:
        told = np.datetime_as_string(moment, unit="s").replace("T", " ")
        return msg("tie-break {moment} UTC", moment=told)
    day = moment.astype("datetime64[D]")
    same = int((run.pool.submitted.to_numpy().astype("datetime64[D]") == day).sum())
    if min(same, run.first.invited) < run.least:
        return None
    return msg("tie-break on {day}", day=str(day))


def _shown(counts: dict[str, float], least: int) -> dict[str, float]:
    if not least or not counts:
        return counts
    table = xr.DataArray(np.array(list(counts.values())).astype(int), {"group": list(counts)})
    safe = hide_small_counts(table, threshold=least).counts.sel(group=list(counts))
    return {name: float(safe.sel(group=name)) for name in counts}
