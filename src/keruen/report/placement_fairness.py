# SPDX-License-Identifier: Apache-2.0
"""Who fares how under a placement: groups beside the best group, regions beside their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import all_regions, region_name
from keruen.decide.placement_fairness import FLAG, audit_groups
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
        Residents are those of Kazakhstan's regions where the codes are theirs.
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
    people = residents(list(dict.fromkeys(regions)))
    table["residents"] = table["region"].map(people)
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


def residents(regions: list[str]) -> dict[str, float]:
    """Population of Kazakhstan's regions in the last year held; nothing for other codes.

    Parameters
    ----------
    regions : list of str
        Codes.

    Returns
    -------
    dict of str to float
    """
    from keruen.sources.catalog import load_table

    if not any(one.startswith("KZ-") for one in regions):
        return {}
    rows = load_table("kaz.district.population")
    rows = rows[rows["year"] == rows["year"].max()]
    people = rows.groupby("region")["population"].sum()
    return {one: float(people[one]) for one in regions if one in people.index}


def load_gini(run: PlacementRun) -> float | None:
    """How unevenly room is used by regions: Gini of used shares, weighted by their room.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    float or None
        0 where all regions are equally full; None where persons are not counted.
    """
    table = fair_regions(run, Locale("en"))
    table = table[table["room"] > 0]
    if table.empty or not table["persons"].sum():
        return None
    share = (table["persons"] / table["room"]).to_numpy(dtype=float)
    weight = table["room"].to_numpy(dtype=float) / table["room"].sum()
    apart = np.abs(share[:, None] - share[None, :]) * weight[:, None] * weight[None, :]
    return float(apart.sum() / (2 * (weight * share).sum()))
