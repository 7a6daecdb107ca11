# SPDX-License-Identifier: Apache-2.0
"""What would change the place of a family, in the sentences of a letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keruen.decide.placement_changes import NearbyChange
from keruen.report.locale import Count, Listing, Locale, Message, Percent, msg
from keruen.report.placement_run import PlacementRun
from keruen.report.placement_words import units


@dataclass(frozen=True)
class Letter:
    """A letter to be written.

    Parameters
    ----------
    family : str
        Code of the family.
    locality : str
        Where room was added to see what would change; empty where nothing was tried.
    added : dict of str to int
        Units added there by service.
    then : str
        Where the family would be with them, empty where it would wait.
    nearby : NearbyChange or None
        What was computed where only the families around were placed anew.
    """

    family: str
    locality: str = ""
    added: Mapping[str, int] | None = None
    then: str = ""
    nearby: NearbyChange | None = None


def changes_told(
    run: PlacementRun, letter: Letter, row: Mapping[Any, Any], locale: Locale
) -> list[Message]:
    """What would change it, and how far that was computed.

    Parameters
    ----------
    run : PlacementRun
        The run.
    letter : Letter
        What was tried.
    row : mapping
        Row of the family in the table of places.
    locale : Locale
        Language of names.

    Returns
    -------
    list of Message
    """
    if letter.nearby is None:
        return [_change(run, letter, row, locale)]
    facts: dict[str, Any] = {
        "more": Listing(tuple(units(name, count) for name, count in (letter.added or {}).items())),
        "where": run.case.name(letter.locality, locale.lang),
        "place": run.case.name(letter.then, locale.lang),
    }
    if not letter.then:
        first = msg(
            "With this added in {where}: {more}, the family would still wait by the scores, "
            "because others gain more from the addition.",
            **facts,
        )
    elif letter.then == row["proposed"]:
        first = msg(
            "With this added in {where}: {more}, the scores would still propose {place} to the "
            "family, because others gain more from the addition.",
            **facts,
        )
    else:
        first = msg(
            "With this added in {where}: {more}, the scores would propose {place} to the family.",
            **facts,
        )
    return [
        first,
        msg(
            "For this, {count} families of the two places and of those who wait were placed anew; "
            "placing all families anew could gain at most {gap} of the score.",
            count=Count(letter.nearby.families),
            gap=Percent(100 * max(letter.nearby.gap, 0.0), 2),
        ),
    ]


def _change(run: PlacementRun, letter: Letter, row: Mapping[Any, Any], locale: Locale) -> Message:
    """What was found by solving again with more room, or what kind of change would matter."""
    if letter.added:
        more = Listing(tuple(units(name, count) for name, count in letter.added.items()))
        facts: dict[str, Any] = {
            "more": more,
            "where": run.case.name(letter.locality, locale.lang),
            "place": run.case.name(letter.then, locale.lang),
        }
        if not letter.then:
            return msg(
                "All places were computed again with this added in {where}: {more}. The family "
                "would still wait, because others gain more from the addition.",
                **facts,
            )
        if letter.then == row["locality"]:
            return msg(
                "All places were computed again with this added in {where}: {more}. The family "
                "would still be proposed {place}, because others gain more from the addition.",
                **facts,
            )
        return msg(
            "All places were computed again with this added in {where}: {more}. The family would "
            "then be proposed {place}.",
            **facts,
        )
    if row["outcome"] == "apart":
        return msg("A place with room for all of them, or leave to live in different places.")
    if row["outcome"] == "nowhere":
        return msg("One more wish, or a place that meets what the family must have.")
    return msg(
        "Another wish, a correction of the facts below, or a change of the scores or of the room."
    )
