# SPDX-License-Identifier: Apache-2.0
"""Pictures of a labour projection: supply and demand with intervals, and why they part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import country_name
from keruen.report.charts import line_chart
from keruen.report.labour_run import LabourRun

if TYPE_CHECKING:
    import pandas as pd

_BANDS: Final = {"80 %": ("lower_80", "upper_80")}
_MILLION: Final = 1e6
_PAST: Final = 2001


def labour_pictures(run: LabourRun) -> dict[str, str]:
    """The labour force with its intervals, and supply beside demand.

    Parameters
    ----------
    run : LabourRun
        The run.

    Returns
    -------
    dict of str
        ``labour_force`` and ``balance``: standalone SVG.

    Examples
    --------
    >>> from keruen.report.labour_run import run_labour
    >>> sorted(labour_pictures(run_labour("KAZ", to=2027)))
    ['balance', 'labour_force']
    """
    return {"labour_force": _force(run), "balance": _balance(run)}


def _force(run: LabourRun) -> str:
    """Labour force: what is known, the medium, and its interval."""
    frame = force_frame(run)
    last = run.nation.labour_force.sum(["sex", "age"])
    drawn = run.nation.paths is not None
    return line_chart(
        frame,
        x="year",
        y="people",
        bands=_BANDS if drawn else None,
        split=run.case.base,
        split_labels=("known", "projected"),
        title=f"{country_name(run.case.country)}: labour force of "
        f"{float(last[0]) / _MILLION:.2f} million in {run.case.base}, "
        f"{float(last[-1]) / _MILLION:.2f} million in {int(last['year'][-1])}",
        unit="million persons",
        note=_note(run),
        lang="en",
    )


def force_frame(run: LabourRun) -> pd.DataFrame:
    """Labour force by year in millions: known, medium and bounds of 80 %.

    Parameters
    ----------
    run : LabourRun
        The run.

    Returns
    -------
    DataFrame
        ``year``, ``people``, ``lower_80``, ``upper_80``.
    """
    import pandas as pd

    past = run.case.force.sel(year=slice(_PAST, run.case.base - 1))
    ahead = run.nation.labour_force.sum(["sex", "age"])
    values = np.r_[past.to_numpy(), ahead.to_numpy()] / _MILLION
    years = np.r_[past["year"].to_numpy(), ahead["year"].to_numpy()]
    frame = pd.DataFrame({"year": years, "people": values, "lower_80": np.nan, "upper_80": np.nan})
    if run.nation.paths is not None:
        bounds = run.nation.paths["labour_force"].quantile([0.1, 0.9], dim="trajectory")
        for name, low in (("lower_80", 0.1), ("upper_80", 0.9)):
            values = bounds.sel(quantile=low).to_numpy() / _MILLION
            frame.loc[len(past) :, name] = values
    return frame


def _balance(run: LabourRun) -> str:
    """Supply and demand of every year ahead, medium."""
    import pandas as pd

    parts = {"supply": run.nation.balance.supply, "demand": run.nation.balance.demand}
    frame = pd.concat(
        [
            pd.DataFrame({"year": one["year"], "people": one.to_numpy() / _MILLION, "what": name})
            for name, one in parts.items()
        ]
    )
    gap = float(run.nation.balance.gap[-1])
    side = "more people than jobs" if gap < 0 else "more jobs than people"
    return line_chart(
        frame,
        x="year",
        y="people",
        series="what",
        title=f"{country_name(run.case.country)}: {abs(gap) / 1e3:,.0f} thousand {side} in "
        f"{int(run.nation.balance.gap['year'][-1])}, medium{_interval(run)}",
        unit="million persons",
        note=_note(run),
        lang="en",
    )


def _interval(run: LabourRun) -> str:
    """The interval of the gap in the last year, where there are paths."""
    if run.nation.paths is None:
        return ""
    last = run.nation.paths["gap"].isel(year=-1).quantile([0.1, 0.9], dim="trajectory") / 1e3
    low, high = (float(one) for one in last)
    return f"; demand less supply, 80 %: {low:+,.0f} to {high:+,.0f} thousand"


def _note(run: LabourRun) -> str:
    drawn = run.options["trajectories"]
    paths = f" Intervals: {drawn} trajectories, seed {run.options['seed']}." if drawn else ""
    who = {"national": "National figures", "ilo": "ILO estimates", "own": "Own figures"}
    return f"{who[run.case.definition]}.{paths} Track record: {run.record}."
