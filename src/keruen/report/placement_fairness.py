# SPDX-License-Identifier: Apache-2.0
"""Who fares how under a placement: groups beside the best group, regions beside their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import all_regions, region_name
from keruen.report.locale import Locale
from keruen.report.placement_run import PlacementRun, wish_ranks

if TYPE_CHECKING:
    import pandas as pd

_LEAST: Final = 0.8
_SMALL: Final = 30
_NORMAL: Final = 1.959964
_HIGHER_IS_BETTER: Final = ("share_placed", "mean_score", "share_of_best")


def fair_groups(run: PlacementRun) -> pd.DataFrame:
    """Each group beside the best one, with an interval of the ratio.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    DataFrame
        Columns group, measure, families, value, ratio, ratio_low, ratio_high, flag. Groups of
        fewer than 30 families are shown and not tested.

    Notes
    -----
    The interval is that of the logarithm of a ratio of two means, by the delta method, at 95 %.
    ``share_of_best`` sets a family's score beside the best it could have anywhere, which takes
    out how many of its members can work.
    """
    import pandas as pd

    names = ["group", "measure", "families", "value", "ratio", "ratio_low", "ratio_high", "flag"]
    families = run.tables.families
    if "group" not in families.coords:
        return pd.DataFrame(columns=names)
    groups = families["group"].to_numpy().astype(str)
    rows = []
    for measure, values in _measures(run).items():
        parts = {name: values[(groups == name) & np.isfinite(values)] for name in np.unique(groups)}
        means = {name: float(part.mean()) for name, part in parts.items() if len(part)}
        best = max(means, key=lambda name: means[name], default="")
        for name, part in parts.items():
            ratio = (np.nan, np.nan, np.nan)
            flag = "small" if len(part) < _SMALL else ""
            if measure in _HIGHER_IS_BETTER and name in means and means[best] > 0:
                ratio = _ratio(part, parts[best]) if name != best else (1.0, np.nan, np.nan)
                flag = flag or _flag(name == best, ratio)
            rows.append((name, measure, len(part), means.get(name, np.nan), *ratio, flag))
    return pd.DataFrame(rows, columns=names)


def _measures(run: PlacementRun) -> dict[str, np.ndarray]:
    rows = run.placement.explain
    placed = (rows["locality"] != "").to_numpy()
    score = rows["score"].fillna(0.0).to_numpy()
    best = np.fmax(rows["other_score"].to_numpy(dtype=float), np.where(placed, score, np.nan))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(best > 0, 100.0 * score / best, np.nan)
    found = {"share_placed": 100.0 * placed, "mean_score": score, "share_of_best": share}
    if run.case.wishes is not None:
        ranks = wish_ranks(run).astype(float)
        found["wish_rank"] = np.where(ranks > 0, ranks, np.nan)
    return found


def _ratio(part: np.ndarray, best: np.ndarray) -> tuple[float, float, float]:
    """Ratio of two means with its interval."""
    if part.mean() <= 0 or len(part) < 2 or len(best) < 2:
        return (float(part.mean() / best.mean()), np.nan, np.nan)
    error = sum((each.std(ddof=1) / each.mean()) ** 2 / len(each) for each in (part, best))
    middle, width = np.log(part.mean() / best.mean()), _NORMAL * np.sqrt(error)
    low, high = np.exp([middle - width, middle + width])
    return float(np.exp(middle)), float(low), float(high)


def _flag(is_best: bool, ratio: tuple[float, float, float]) -> str:  # noqa: FBT001
    if is_best:
        return "best"
    if not ratio[0] < _LEAST:
        return "near"
    return "below" if ratio[2] < _LEAST else "perhaps"


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
