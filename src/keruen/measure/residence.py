# SPDX-License-Identifier: Apache-2.0
"""Long-term migration from border crossings: the rule of so many months out of so many.

A crossing is a long-term migration when it leads away from where the person had been resident
and the person then spends at least ``V`` of the next ``W`` days there: 365 of 487 days is the
12/16-month rule, 365 of 365 the recommendation of the United Nations. What happens after a
crossing decides, so recent crossings may have no answer yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from keruen.core.records import PersonRecords, need_records_extra
from keruen.measure._crossings import Classifier, answered
from keruen.measure._rule import GAPS, NEVER, Rule
from keruen.measure._statements import check_rule, day_number, months_in, statements

Gap = Literal["midpoint", "drop_earlier", "drop_later", "reject_person", "none"]
"""What to do between two crossings of the same direction, where one must be missing."""
Unit = Literal["days", "calendar"]
Initial = Literal["unknown", "opposite"]
Trust = Literal["statements", "records"]
OnDeath = Literal["not_long_term", "project"]

RULES: Final[dict[str, tuple[int, int]]] = {
    "12/16": (365, 487),
    "12/12": (365, 365),
    "9/12": (270, 365),
    "6/6": (183, 183),
    "3/3": (91, 91),
}
"""Threshold and window in days by the usual name of a rule, in months."""


def classify_crossings(
    records: PersonRecords,
    *,
    threshold_days: int,
    window_days: int,
    observed_until: date,
    observed_from: date | None = None,
    gap: Gap = "midpoint",
    unit: Unit = "days",
    initial: Initial = "unknown",
    echo_minutes: int = 240,
    deaths: PersonRecords | None = None,
    births: PersonRecords | None = None,
    status_known: PersonRecords | None = None,
    trust: Trust = "statements",
    on_death: OnDeath = "not_long_term",
    lookback: bool = False,
    emit_imputed: bool = False,
) -> PersonRecords:
    """Border crossings, each with its answer: long-term migration, none, or not yet known.

    Parameters
    ----------
    records : PersonRecords
        Crossings: ``person_id``, ``event_time`` (local time or date), ``direction`` (1 arrival,
        0 departure), ``crossing_id``; ``checkpoint`` tells duplicates apart. Other columns are
        carried through.
    threshold_days : int
        Days ``V`` on the new side that make a migration.
    window_days : int
        Days ``W`` after the crossing among which they are counted; ``W/2 < V <= W``.
    observed_until : date
        First day that is not observed.
    observed_from : date, optional
        First day observed. With it, a first crossing at least ``V`` days later tells where the
        person had been.
    gap : {"midpoint", "drop_earlier", "drop_later", "reject_person", "none"}, optional
        Treatment of two crossings of one direction in a row: suppose the missing one half way,
        leave one of the two out, leave the person out; or none is missing, and the second
        only repeats where the person is.
    unit : {"days", "calendar"}, optional
        Count days, or whole calendar months nearest to the days given.
    initial : {"unknown", "opposite"}, optional
        Status before the first crossing when nothing tells it: not known until a crossing
        settles it, or the opposite of where the first crossing leads.
    echo_minutes : int, optional
        A crossing that repeats the direction within so many minutes is one scanned twice. Not
        used when times are dates.
    deaths, births : PersonRecords, optional
        ``person_id`` and ``event_time`` of deaths, and of births inside the country.
    status_known : PersonRecords, optional
        ``person_id``, ``event_time`` and ``resident`` (1 or 0) from another source; ``weak``
        (1) marks statements used only when nothing better tells the first status.
    trust : {"statements", "records"}, optional
        Whether statements after the first crossing replace the computed status.
    on_death : {"not_long_term", "project"}, optional
        Answer of crossings that a death leaves open.
    lookback : bool, optional
        Ask of a long-term arrival also ``V`` of the ``W`` days before it abroad. Stocks and
        flows then do not balance.
    emit_imputed : bool, optional
        Answer supposed crossings too, and give them out as rows.

    Returns
    -------
    PersonRecords
        Every crossing once, with ``before`` and ``after`` (resident 1, not 0), ``long_term``
        (1, 0), ``evidence`` (pass 1, fail 0), ``new_side_days`` of ``observed_days``,
        ``decided_at`` (first end of observation at which the evidence is decided), ``final_at``
        (the same of the answer), ``initial`` (how a person's first status is known),
        ``gap_after``, ``contradicted`` (by a later statement), ``imputed`` and ``excluded``
        (why a row took no part: duplicate, echo, outside_window, after_death, repeated,
        person_rejected). What is not yet known is missing.

    Raises
    ------
    SchemaError
        The rule is not possible (``RuleNotPossible``), a column is missing
        (``MissingColumn``), or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    keruen.sources.records.open_records : Opens files of crossings.

    Notes
    -----
    A person is inside from the day of arrival up to, not including, the day of departure. Of
    the ``O = min(W, T - t)`` days observed after a crossing on day ``t``, ``S`` are on the new
    side. The evidence passes when ``S >= V`` and fails when ``O - S > W - V``. A crossing that
    leads away from the status before is long-term when it passes, not when it fails, and open
    otherwise; the status is then unknown until it is decided. Meanwhile a crossing back is
    none when fewer than ``2V - W`` days were spent on the new side.

    Crossings of one moment are put in alternating order. Those of a person more than three
    days after the death belong to someone else. The answer does not depend on the order of
    rows, on the engine, or on other persons; a later ``observed_until`` only adds answers.

    References
    ----------
    Stats NZ (2017, revised 2020). Defining migrants using travel histories and the
    12/16-month rule.

    United Nations (1998). Recommendations on Statistics of International Migration, Revision
    1, paragraphs 32 and 36.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     crossing_id=[1, 2, 3],
    ...     person_id=[7, 7, 7],
    ...     event_time=[date(2020, 1, 1), date(2020, 1, 11), date(2020, 3, 11)],
    ...     direction=[1, 0, 1],
    ... )
    >>> answers = classify_crossings(
    ...     crossings,
    ...     threshold_days=365,
    ...     window_days=487,
    ...     observed_until=date(2022, 1, 1),
    ...     initial="opposite",
    ... )
    >>> [batch["long_term"].to_pylist() for batch in answers.batches(order=["event_time"])]
    [[1, 0, 0]]
    """
    stated, rule = prepared(
        records,
        threshold_days=threshold_days,
        window_days=window_days,
        observed_until=observed_until,
        observed_from=observed_from,
        gap=gap,
        unit=unit,
        initial=initial,
        echo_minutes=echo_minutes,
        sides={"deaths": deaths, "births": births, "status_known": status_known},
        trust=trust,
        on_death=on_death,
        lookback=lookback,
        emit_imputed=emit_imputed,
    )
    return stated.apply(Classifier(rule), answered(stated.schema), order=["event_time"])


def prepared(
    records: PersonRecords,
    *,
    threshold_days: int,
    window_days: int,
    observed_until: date,
    observed_from: date | None = None,
    gap: Gap = "midpoint",
    unit: Unit = "days",
    initial: Initial = "unknown",
    echo_minutes: int = 240,
    sides: Mapping[str, PersonRecords | None],
    trust: Trust = "statements",
    on_death: OnDeath = "not_long_term",
    lookback: bool = False,
    emit_imputed: bool = False,
) -> tuple[PersonRecords, Rule]:
    """Crossings with the statements of the side tables among them, and the rule as numbers.

    Parameters
    ----------
    records : PersonRecords
        As for :func:`classify_crossings`, like all others.
    threshold_days, window_days : int
        The rule.
    observed_until, observed_from : date
        The days observed.
    gap, unit, initial, echo_minutes : optional
        Settings.
    sides : dict of str to PersonRecords or None
        ``deaths``, ``births``, ``status_known``.
    trust, on_death, lookback, emit_imputed : optional
        Settings.

    Returns
    -------
    PersonRecords, Rule
    """
    need_records_extra()
    length = (threshold_days, window_days)
    threshold, window = map(months_in, length) if unit == "calendar" else length
    check_rule(records, sides, threshold, window, unit)
    import pyarrow as pa

    dates = pa.types.is_date(records.schema.field("event_time").type)
    rule = Rule(
        threshold=threshold,
        window=window,
        calendar=int(unit == "calendar"),
        observed_from=-NEVER if observed_from is None else day_number(observed_from),
        observed_until=day_number(observed_until),
        echo=-1 if dates else echo_minutes * 60_000_000,
        gap=GAPS.index(gap),
        opposite=int(initial == "opposite"),
        trust_records=int(trust == "records"),
        death_fails=int(on_death == "not_long_term"),
        lookback=int(lookback),
        emit=int(emit_imputed and gap == "midpoint"),
        told=int(any(side is not None for side in sides.values())),
    )
    for name, side in sides.items():
        if side is not None:
            records = records.stack(statements(side, name, records.schema))
    return records, rule
