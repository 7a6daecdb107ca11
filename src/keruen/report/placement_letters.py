# SPDX-License-Identifier: Apache-2.0
"""Letters to families: what is proposed, why, what would change it, how to have it reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from keruen.core.errors import SchemaError
from keruen.decide.placement_changes import NearbyChanges
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Count, Locale, Message, msg
from keruen.report.placement_letter_changes import Letter, changes_told
from keruen.report.placement_pictures import PRACTICE
from keruen.report.placement_results import explained, outcomes, reason
from keruen.report.placement_run import PlacementRun, changed_room
from keruen.report.placement_words import OUTCOMES, price_words, units

Which = int | Literal["all"]
"""How many letters."""

WHOLE: Final = 1_000
"""Families up to which everything is solved again for a letter."""

_ROW = Mapping[Any, Any]

_WORDS: Final[dict[str, Message]] = {
    word.text: word
    for word in (
        msg("Proposal of a place"),
        msg("No place yet"),
        msg("Why"),
        msg("The best other place"),
        msg("What would change it"),
        msg("What was used about the family"),
        msg("If you do not agree"),
        msg("Decision of the officer"),
        msg("confirmed as proposed"),
        msg("decided otherwise"),
        msg("Reason"),
        msg("Name, date, signature"),
        msg("Made with Keruen"),
        msg("Letters on the placement of families"),
        msg(
            "This is a proposal made by a computer program from the facts below. It decides "
            "nothing: an officer confirms it or decides otherwise, and writes down the reason."
        ),
        msg(
            "Placement is voluntary. You may decline the place. You may see what was used about "
            "your family and have it corrected, have the reasons explained by a person, and ask "
            "in writing for a review; until the review is answered nothing changes for you."
        ),
    )
}


def make_letters(run: PlacementRun, which: Which, *, step: Step = quiet) -> tuple[Letter, ...]:
    """Letters for some families, one of each outcome first, with what would change it.

    Parameters
    ----------
    run : PlacementRun
        The run.
    which : int or "all"
        How many letters.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Letter

    Raises
    ------
    SchemaError
        The number is below 1.

    Notes
    -----
    Where a place with a higher score is full, or the family waits, the units it lacks there are
    added and everything is solved again: what would change is computed, never guessed. With more
    than 1,000 families those around are placed anew, by scores, and the bound on all the rest is
    computed: see :class:`keruen.decide.placement_changes.NearbyChanges`.
    """
    families = [str(one) for one in run.tables.families["family"].values]
    if which != "all" and which < 1:
        raise SchemaError(f"{which} letters", where="--letters", remedy="give 1 or more, or all")
    found = outcomes(run)
    order = _spread(found)[: len(families) if which == "all" else which]
    nearby = NearbyChanges(run.proposal) if len(families) > WHOLE else None
    made = []
    for number, at in enumerate(order):
        step(0.82 + 0.08 * number / len(order), f"letter {number + 1} of {len(order)}")
        made.append(_letter(run, families[at], int(at), found[int(at)], nearby))
    return tuple(made)


def _spread(found: np.ndarray) -> list[int]:
    """Families in turn: the first of each outcome, then all others."""
    first = [int(np.flatnonzero(found == one)[0]) for one in OUTCOMES if (found == one).any()]
    return first + [at for at in range(len(found)) if at not in set(first)]


def _letter(
    run: PlacementRun, family: str, at: int, outcome: str, nearby: NearbyChanges | None
) -> Letter:
    locality, added = _lacking(run, at)
    if not added or outcome in ("wish", "apart"):  # not the room of the place decided
        return Letter(family)
    if nearby is not None:
        change = nearby.with_room(family, locality, added)
        return Letter(family, locality, added, change.locality, change)
    then = changed_room(run, locality, added)
    return Letter(family, locality, added, str(then.sel(family=family).item()))


def _lacking(run: PlacementRun, at: int) -> tuple[str, dict[str, int]]:
    """The place that the family would gain most from, and the units that it lacks there."""
    row = run.placement.explain.iloc[at]
    misfits = run.placement.misfits
    mine = misfits[(misfits["family"] == row["family"]) & (misfits["reason"] == "too large")]
    needs = run.tables.families.isel(family=at).to_series()
    if len(mine):
        locality = str(mine["locality"].iloc[0])
        room = run.tables.localities.sel(locality=locality).to_series()
        short = (needs - room).clip(lower=0)
        return locality, {str(one): int(more) for one, more in short.items() if more > 0}
    if not row["binding"]:
        return "", {}
    locality = str(row["other"])
    load = run.placement.load
    free = load[load["locality"] == locality].set_index("service")["free"]
    names = row["binding"].split(", ")
    return locality, {name: int(needs[name] - free[name]) for name in names}


@dataclass(frozen=True)
class _Page:
    """A letter as the template asks for it."""

    family: str
    title: str
    placed: bool
    outcome: str
    reasons: Sequence[str]
    other: str
    change: str
    facts: Sequence[str]


def letters_page(run: PlacementRun, letters: tuple[Letter, ...], locale: Locale) -> str:
    """Letters in one language as one HTML file, each on a page of its own when printed.

    Parameters
    ----------
    run : PlacementRun
        The run.
    letters : tuple of Letter
        Letters of :func:`make_letters`.
    locale : Locale
        Language.

    Returns
    -------
    str
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("keruen.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = explained(run, locale).set_index("family", drop=False)
    return environment.get_template("placement_letters.html").render(
        locale=locale,
        word=lambda text: locale.say(_WORDS[text]),
        practice=PRACTICE.render(locale) if run.practice else "",
        letters=[_page(run, one, rows.loc[one.family].to_dict(), locale) for one in letters],
    )


def _page(run: PlacementRun, letter: Letter, row: _ROW, locale: Locale) -> _Page:
    placed = bool(row["locality"])
    return _Page(
        family=msg("Family {code}", code=letter.family).render(locale),
        title=locale.say(_WORDS["Proposal of a place" if placed else "No place yet"]),
        placed=placed,
        outcome=_outcome(row).render(locale),
        reasons=[one.render(locale) for one in _reasons(run, row, locale)],
        other=_other(row).render(locale),
        change=" ".join(one.render(locale) for one in changes_told(run, letter, row, locale)),
        facts=[one.render(locale) for one in _facts(run, letter.family)],
    )


def _outcome(row: _ROW) -> Message:
    if row["locality"]:
        return msg("The place proposed for the family: {place}.", place=str(row["name"]))
    return msg("There is no place for the family now. It stays on the list.")


def _reasons(run: PlacementRun, row: _ROW, locale: Locale) -> list[Message]:
    """The two or three reasons that mattered."""
    told = [reason(row)]
    if row["outcome"] in ("elsewhere", "full", "wish") and row["binding"]:
        load = run.placement.load
        there = load[load["locality"] == row["other"]].set_index("service")["price"]
        service = max(row["binding"].split(", "), key=lambda one: float(there[one]))
        if there[service] > 0:
            place = run.case.name(str(row["other"]), locale.lang)
            told.append(price_words(service, place, float(there[service])))
    if row["outcome"] == "best" and row["wish"]:
        told.append(msg("It is also wish {rank} of the family.", rank=Count(int(row["wish"]))))
    if row["outcome"] == "elsewhere":
        told.append(
            msg(
                "By the expected number of members in work it is place {rank} of {options} "
                "possible ones.",
                rank=Count(int(row["rank"])),
                options=Count(int(row["options"])),
            )
        )
    if row["outcome"] == "wish" and row["proposed"] != row["locality"]:
        place = run.case.name(str(row["proposed"]), locale.lang)
        told.append(
            msg(
                "By scores alone {place} was proposed; the wish of the family came first.",
                place=place or "…",
            )
        )
    return told


def _other(row: _ROW) -> Message:
    if not row["other"]:
        return msg("No other place is possible for the family.")
    facts: dict[str, Any] = {
        "place": str(row["other_name"]),
        "score": Count(float(row["other_score"]), 2),
    }
    if row["binding"]:
        return msg(
            "{place}: {score} members would be expected in work there. There is no room left for "
            "all that the family needs.",
            **facts,
        )
    return msg("{place}: {score} members would be expected in work there.", **facts)


def _facts(run: PlacementRun, family: str) -> list[Any]:
    """What was used about the family: its needs, workers and wishes."""
    needs = run.tables.families.sel(family=family)
    told: list[Any] = [
        units(str(one), int(count))
        for one, count in zip(needs["service"].values, needs.values, strict=True)
        if count > 0
    ]
    if run.case.workers is not None:
        at = run.tables.families.indexes["family"].get_loc(family)
        told.append(msg("members who can work: {count}", count=Count(int(run.case.workers[at]))))
    if run.case.wishes is not None:
        named = run.case.wishes.sel(family=family).notnull().sum().item()
        told.append(msg("wishes: {count}", count=Count(int(named))))
    return told
