# SPDX-License-Identifier: Apache-2.0
"""Provisional figures of a run over border crossings, and what became of earlier ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.core.records import PersonRecords
from keruen.measure._propensity import MODELS
from keruen.measure._revisions import BAND, MONTHS
from keruen.measure._statements import months_in
from keruen.measure.provisional import ProvisionalMigration, provisional_migration
from keruen.measure.record_protection import Protection
from keruen.measure.record_tables import ObservedDays
from keruen.report.record_options import RecordOptions

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_SEED: Final = 1
_VINTAGES: Final = 42
_TRAINING: Final = 36
_LEAST_TRAINING: Final = 12
_REFIT: Final = 12
_REFITS: Final = 10
_BLUR: Final = 5
"""Base to which figures are rounded where counts get noise."""
_WAYS: Final = {"arrival": "arrivals", "departure": "departures"}


def provisional_tables(
    options: RecordOptions,
    records: PersonRecords,
    *,
    sides: Mapping[str, Any],
    observed: ObservedDays,
    flows: pd.DataFrame,
    protection: Protection,
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Figures of months that are not final yet, with intervals that have been put to the test.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    records : PersonRecords
        Crossings with all their columns.
    sides : dict of str to PersonRecords or None
        Deaths, births and statements of status.
    observed : ObservedDays
        The days observed; vintages are the first days of months up to the last of them.
    flows : DataFrame
        Table of flows as published.
    protection : Protection
        What is done to counts.

    Returns
    -------
    dict of str to DataFrame, dict
        Tables ``provisional``, ``revision_scores`` and, without disclosure control,
        ``revisions``; and what a summary says.

    Raises
    ------
    CoverageError
        The records are too short (``TooShort``).

    See Also
    --------
    keruen.measure.provisional.provisional_migration : The method.

    Notes
    -----
    As many vintages as the records allow, up to 42, and up to 36 months to learn from. With
    disclosure control figures are by month and direction alone and rounded, bounds outwards;
    counts are left out.
    """
    exact = protection.method == "none"
    model = options.provisional
    end = observed.until.replace(day=1)
    vintages, training = _months(observed.first, end, options.days[1])
    found = provisional_migration(
        records,
        threshold_days=options.days[0],
        window_days=options.days[1],
        observed_from=observed.first,
        observed_until=end,
        seed=_SEED,
        by=[name for name in options.keys if name not in ("month", "age")] if exact else [],
        models=[name for name in MODELS if model in ("best", "cells", name) or name == "cells"],
        vintages=vintages,
        training_months=training,
        refit_months=_REFIT,
        refits=_REFITS,
        gap=options.gap,
        initial="opposite" if options.initial == "opposite" else "unknown",
        **sides,
    )
    chosen = found.scores.chosen if model == "best" else model
    latest = found.latest(chosen).drop(columns=["vintage", "elapsed"])
    final = flows[flows["status"] == "final"]
    latest = latest[~latest["month"].isin(final["month"])]
    tables = {"revision_scores": _scores(found)}
    if exact:
        tables["provisional"] = _with_final(latest, final)
        tables["revisions"] = found.to_table()
    else:
        tables["provisional"] = _rounded(latest, protection)
    told = _told(found, chosen, vintages, training)
    return tables, {"asked": model, **told, "until": str(end)}


def _months(first: date, end: date, window: int) -> tuple[int, int]:
    """Vintages, and months of training, that fit between two days."""
    start = first + timedelta(days=window)
    full = 12 * (end.year - start.year) + end.month - start.month - 1
    room = full - (months_in(window) + 2) + 1
    training = min(max(room - MONTHS, _LEAST_TRAINING), _TRAINING)
    return min(max(room - training, 1), _VINTAGES), training


def _with_final(latest: pd.DataFrame, final: pd.DataFrame) -> pd.DataFrame:
    """Figures of the last vintage behind the flows of months that are final."""
    import pandas as pd

    keys = list(latest.columns[2 : list(latest).index("estimate")])
    parts = []
    for way, measure in _WAYS.items():
        sums = final.groupby(["month", *keys])[[measure, f"open_{measure}"]].sum().reset_index()
        sums.columns = pd.Index(["month", *keys, "known", "open"])
        counts = dict.fromkeys(("estimate", "lower", "upper"), sums["known"])
        parts.append(sums.assign(direction=way, status="final", **counts))
    whole = pd.concat([*parts, latest])[list(latest.columns)]
    order = ["month", "direction", *keys]
    return whole.sort_values(order, kind="stable", ignore_index=True)


def _rounded(latest: pd.DataFrame, protection: Protection) -> pd.DataFrame:
    """Figures of open months to a base, bounds outwards; no counts."""
    base = protection.size or _BLUR
    table = latest.drop(columns=["known", "open"])
    for name, way in (("estimate", np.round), ("lower", np.floor), ("upper", np.ceil)):
        table[name] = (way(table[name] / base) * base).astype(int)
    return table.assign(protection=f"rounded to base {base}").reset_index(drop=True)


def _scores(found: ProvisionalMigration) -> pd.DataFrame:
    """How earlier figures were revised, by model and months elapsed."""
    import xarray as xr

    names = ("absolute_revision", "revision", "coverage")
    parts = xr.Dataset({name: getattr(found.scores, name) for name in names})
    table: pd.DataFrame = parts.to_dataframe().reset_index()
    return table[["method", "elapsed", *names]]


def _told(found: ProvisionalMigration, chosen: str, vintages: int, training: int) -> dict[str, Any]:
    scores = found.scores
    here = {"method": chosen}
    last = {"method": chosen, "vintage": found.alarm["vintage"][-1]}
    return {
        "model": chosen,
        "accepted": bool(scores.accepted.sel(here)),
        "vintages": vintages,
        "months_of_training": training,
        "coverage": {
            "expected": 0.95,
            "accepted_from": BAND[0],
            "accepted_to": BAND[1],
            "found": _number(scores.overall.sel(here)),
            "standard_error": _number(scores.overall_error.sel(here)),
            "months": scores.months,
            "months_needed": MONTHS,
        },
        "mean_absolute_revision": {
            str(name): _number(scores.mean_revision.sel({"method": name}))
            for name in scores.mean_revision["method"].to_numpy()
        },
        "behaviour_has_changed": bool(found.alarm.sel(last)),
        "never_settled": found.unsettled,
    }


def _number(value: xr.DataArray) -> float | None:
    return round(float(value), 4) if math.isfinite(float(value)) else None
