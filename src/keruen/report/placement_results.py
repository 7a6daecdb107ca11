# SPDX-License-Identifier: Apache-2.0
"""Tables of a placement: places with their reasons, load, prices, what cannot work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from keruen.report.locale import Count, Locale, Message, msg
from keruen.report.placement_fairness import fair_groups, fair_regions
from keruen.report.placement_jobs import job_tables
from keruen.report.placement_run import PlacementRun, wish_ranks
from keruen.report.placement_words import (
    FLAGS,
    MEASURES,
    OBSTACLES,
    change_words,
    price_words,
    service_names,
)

if TYPE_CHECKING:
    import pandas as pd


def placement_tables(run: PlacementRun, locale: Locale) -> dict[str, pd.DataFrame]:
    """All tables of a run by name; names and sentences in a language.

    Parameters
    ----------
    run : PlacementRun
        The run.
    locale : Locale
        Language of names and explanations; columns and codes stay.

    Returns
    -------
    dict of str to DataFrame
        ``assignment``, ``load``, ``prices``, ``fairness_groups``, ``fairness_regions``,
        ``obstacles``, ``check``; ``jobs`` and ``job_places`` where there are jobs by occupation,
        and ``model`` where scores were learned.
    """
    groups = fair_groups(run)
    groups.insert(2, "text", [MEASURES[one].render(locale) for one in groups["measure"]])
    groups["verdict"] = [FLAGS[one].render(locale) for one in groups["flag"]]
    learned = {} if run.case.learned is None else {"model": run.case.learned}
    return {
        "assignment": explained(run, locale),
        "load": _load(run, locale),
        "prices": _prices(run, locale),
        "fairness_groups": groups,
        "fairness_regions": fair_regions(run, locale),
        "obstacles": _obstacles(run, locale),
        "check": run.check,
        **job_tables(run, locale),
        **learned,
    }


def outcomes(run: PlacementRun) -> np.ndarray:
    """What came of each family, one of ``OUTCOMES``.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    ndarray of str [family]
    """
    rows = run.placement.explain
    waits = (rows["locality"] == "").to_numpy()
    large = rows["family"].isin(run.placement.misfits["family"]).to_numpy()
    best = rows["reason"].isin(["best option", "only option"]).to_numpy()
    wish = wish_ranks(run) > 0
    alone = (rows["options"] == 0).to_numpy()
    chosen = [waits & alone, waits & large, waits & _apart(run), waits, best, wish]
    names = ["nowhere", "too_large", "apart", "full", "best", "wish"]
    return np.select(chosen, names, "elsewhere")


def _apart(run: PlacementRun) -> np.ndarray:
    """Whether a family must be with others where no place takes them all."""
    kinds = ("nothing in common", "together too large")
    rows = run.obstacles[run.obstacles["kind"].isin(kinds)]
    named = {one for who in rows["who"] for one in str(who).split(", ")}
    return run.placement.explain["family"].astype(str).isin(named).to_numpy()


def explained(run: PlacementRun, locale: Locale) -> pd.DataFrame:
    """One row a family: where, why, what was the best other place, and the sentence for it.

    Parameters
    ----------
    run : PlacementRun
        The run.
    locale : Locale
        Language of names and sentences.

    Returns
    -------
    DataFrame
    """
    rows = run.placement.explain.copy()
    regions = dict(zip(run.tables.localities["locality"].values, run.tables.regions, strict=True))
    name = {code: run.case.name(str(code), locale.lang) for code in regions} | {"": ""}
    price = run.placement.load.set_index(["locality", "service"])["price"].to_dict()
    rows["name"] = rows["locality"].map(name)
    rows["region"] = rows["locality"].map(regions).fillna("")
    rows["wish"] = wish_ranks(run)
    rows["proposed"] = run.proposal.assignment.to_numpy()
    rows["outcome"] = outcomes(run)
    rows["other_name"] = rows["other"].map(name)
    rows["binding_price"] = [
        max((price[other, one] for one in binding.split(", ") if one), default=np.nan)
        for other, binding in zip(rows["other"], rows["binding"], strict=True)
    ]
    rows["mode"] = "proposal"
    if "group" in run.tables.families.coords:
        rows.insert(1, "group", run.tables.families["group"].to_numpy())
    rows["text"] = [reason(row).render(locale) for row in rows.to_dict("records")]
    order = ["family", "group", "locality", "name", "region", "score", "rank", "options", "wish"]
    order += ["proposed", "outcome", "other", "other_name", "other_score", "binding"]
    order += ["binding_price", "mode", "text"]
    return rows[[each for each in order if each in rows]]


def reason(row: Mapping[Any, Any]) -> Message:
    """Why a family is where it is, in one sentence.

    Parameters
    ----------
    row : mapping
        A row of :func:`explained`.

    Returns
    -------
    Message
    """
    other = str(row["other_name"])
    there = Count(_number(row["other_score"]), 2)
    here = Count(_number(row["score"]), 2)
    binding = service_names(str(row["binding"]))
    full = bool(row["binding"])
    made = {
        "best": msg(
            "Of {options} possible places this is where most members are expected in work: "
            "{score}.",
            options=Count(_number(row["options"])),
            score=here,
        ),
        "wish": msg(
            "It is wish {rank} of the family; {score} members are expected in work here, {there} "
            "in {other}.",
            rank=Count(_number(row["wish"])),
            score=here,
            there=there,
            other=other,
        ),
        "too_large": msg(
            "The family needs more than any possible place has, even if it were empty."
        ),
        "apart": msg("No place takes the family together with all families that it must be with."),
        "nowhere": msg("No place meets what the family must have, or none is among its wishes."),
        "full": msg(
            "Too little is left in {other}: {binding}. Families that gain more have it.",
            other=other,
            binding=binding,
        )
        if full
        else msg(
            "There is room in {other}, but other limits leave no place: budgets, shares of "
            "regions, floors of groups, least loads, or families that go together.",
            other=other,
        ),
    }
    outcome = str(row["outcome"])
    if outcome in made:
        return made[outcome]
    if full:
        return msg(
            "In {other} {there} members would be expected in work, here {score}; but too little is "
            "left there: {binding}.",
            other=other,
            there=there,
            score=here,
            binding=binding,
        )
    return msg(
        "In {other} {there} members would be expected in work, here {score}; but with all limits "
        "together others gain more from that place.",
        other=other,
        there=there,
        score=here,
    )


def _number(value: object) -> float:
    return float(str(value))


def _obstacles(run: PlacementRun, locale: Locale) -> pd.DataFrame:
    """What cannot work, with places by name and the smallest change in words."""
    told = run.obstacles.copy()
    told["change"] = [change_words(str(one)).render(locale) for one in told["change"]]
    told.insert(3, "name", [run.case.name(one, locale.lang) for one in told["where"].astype(str)])
    return told.assign(text=[OBSTACLES[one].render(locale) for one in told["kind"]])


def _load(run: PlacementRun, locale: Locale) -> pd.DataFrame:
    load = run.placement.load.copy()
    load.insert(1, "name", [run.case.name(str(one), locale.lang) for one in load["locality"]])
    return load


def _prices(run: PlacementRun, locale: Locale) -> pd.DataFrame:
    """What limits: every price above a hundredth of the highest, the highest first."""
    load = _load(run, locale)
    kept = load[load["price"] > 0.01 * max(float(load["price"].max()), 1e-6)]
    kept = kept.sort_values(["price", "locality", "service"], ascending=[False, True, True])
    rows = zip(kept["service"], kept["name"], kept["price"], strict=True)
    told = [
        price_words(str(one), str(name), float(price)).render(locale) for one, name, price in rows
    ]
    return kept.assign(text=told).reset_index(drop=True)
