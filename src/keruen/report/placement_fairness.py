# SPDX-License-Identifier: Apache-2.0
"""Who fares how under a placement: groups beside the best group, regions beside their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.codes import all_regions, region_name
from keruen.decide.placement_fairness import FLAG, audit_groups, audit_regions
from keruen.report.locale import Locale
from keruen.report.placement_run import PlacementRun

if TYPE_CHECKING:
    import pandas as pd

_MEASURES: Final = {
    "share_placed": ("placed", 100.0),
    "mean_score": ("score", 1.0),
    "share_of_best": ("of_best", 100.0),
    "wish_rank": ("rank", 1.0),
}
"""Measures, with the column of the audit each is, and what it is multiplied by."""


def fair_groups(run: PlacementRun) -> pd.DataFrame:
    """Each group beside the best one, with an interval of the ratio.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    DataFrame
        Columns group, measure, families, value, ratio, ratio_low, ratio_high, flag: a row for
        each group and measure of :func:`keruen.decide.placement_fairness.audit_groups`, shares
        in percent. Groups of fewer than 30 families are shown and not tested.
    """
    import pandas as pd

    names = ["group", "measure", "families", "value", "ratio", "ratio_low", "ratio_high", "flag"]
    if "group" not in run.tables.families.coords:
        return pd.DataFrame(columns=names)
    audit = audit_groups(run.placement, wishes=run.case.wishes)
    rows = []
    for measure, (column, scale) in _MEASURES.items():
        if column == "rank" and run.case.wishes is None:
            continue
        for row in audit.to_dict("records"):
            ratio = [row.get(f"{column}_{part}", np.nan) for part in ("ratio", "low", "high")]
            flag = _flag(ratio[0], ratio[2]) if row["tested"] else "small"
            rows.append((row["group"], measure, row["families"], scale * row[column], *ratio, flag))
    return pd.DataFrame(rows, columns=names)


def _flag(ratio: float, high: float) -> str:
    if np.isnan(ratio):
        return ""
    if ratio == 1.0:
        return "best"
    if not ratio < FLAG:
        return "near"
    return "below" if high < FLAG else "perhaps"


def fair_regions(run: PlacementRun, locale: Locale) -> pd.DataFrame:
    """Each region: who was placed there, beside its room, residents and share.

    Parameters
    ----------
    run : PlacementRun
        The run.
    locale : Locale
        Language of the names.

    Returns
    -------
    DataFrame
        Columns region, name, families, persons, room, residents, per_1000, best_share, target.
        Residents are those given, else those of Kazakhstan's regions where the codes are theirs.
    """
    import pandas as pd

    regions = run.tables.regions
    where = dict(zip(run.tables.localities["locality"].values, regions, strict=True))
    rows = run.placement.explain
    placed = rows[rows["locality"] != ""].assign(region=lambda one: one["locality"].map(where))
    placed = placed.assign(best=placed["rank"] == 1)
    load = run.placement.load.assign(region=lambda one: one["locality"].map(where))
    persons = load[load["service"] == run.tables.persons].groupby("region")[["used", "capacity"]]
    sums = persons.sum().rename(columns={"used": "persons", "capacity": "room"})
    found = placed.groupby("region").agg(families=("family", "size"), best_share=("best", "mean"))
    table = sums.join(found).reset_index()
    table["families"] = table["families"].fillna(0).astype(int)
    table["best_share"] = 100 * table["best_share"]
    table["residents"] = table["region"].map(dict(run.case.residents)).astype(float)
    table["per_1000"] = 1000 * table["persons"] / table["residents"]
    share = run.tables.region_share
    goal = {} if share is None else share.to_series().to_dict()
    table["target"] = pd.to_numeric(table["region"].map(goal))
    known = all_regions()
    table["name"] = [
        region_name(one, locale.lang) if one in known else one for one in table["region"]
    ]
    order = ["region", "name", "families", "persons", "room", "residents", "per_1000"]
    return table[[*order, "best_share", "target"]]


def load_gini(run: PlacementRun) -> float | None:
    """How unevenly regions take persons for their residents.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    float or None
        Gini index of :func:`keruen.decide.placement_fairness.audit_regions`: 0 where every
        region takes the same per resident; None where residents are not known or nobody is
        placed.
    """
    people = run.case.residents
    if not people or not set(run.tables.regions) <= set(people):
        return None
    labels = {"region": sorted(set(run.tables.regions))}
    counts = xr.DataArray([people[one] for one in labels["region"]], labels)
    gini = audit_regions(run.placement, counts).gini
    return None if np.isnan(gini) else gini
