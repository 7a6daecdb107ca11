# SPDX-License-Identifier: Apache-2.0
"""One person's crossings, each with the reason of its answer: for whoever must defend it."""

from __future__ import annotations

from typing import Any, Final

from keruen.core.errors import SchemaError
from keruen.report.record_options import RecordOptions
from keruen.report.record_run import answered, open_crossings
from keruen.report.record_summary import Stages, nobody

_EXCLUDED: Final = {
    "duplicate": "the same crossing stands twice",
    "echo": "scanned again within four hours",
    "outside_window": "outside the days observed",
    "after_death": "more than three days after the death",
    "repeated": "repeats the direction of its neighbour, and one of the two is left out",
    "person_rejected": "a crossing of this person is missing somewhere",
}
_FIRST: Final = {
    "stated": "a statement says so",
    "born": "born in the country",
    "deduced": "no crossing for so long before",
    "weak": "a weak statement says so",
    "assumed": "assumed: the opposite of where it leads",
    "unknown": "nothing tells",
}


def explain_person(options: RecordOptions, person: str) -> list[str]:
    """Lines on one person's crossings, in order.

    Parameters
    ----------
    options : RecordOptions
        As for the tables.
    person : str
        Identifier of the person.

    Returns
    -------
    list of str
        A line a crossing: time, direction, answer and why. Nothing is kept or written.

    Raises
    ------
    SchemaError
        There is no such person (``NotFound``).

    See Also
    --------
    keruen.report.record_run.crossings_run : The tables.

    Notes
    -----
    Only this person's rows are answered, which gives the same answers as in the tables.
    """
    import pyarrow as pa

    with open_crossings(options, Stages(nobody)) as (_, opened):
        whole = pa.types.is_integer(opened.crossings.schema.field("person_id").type)
        wanted: int | str = int(person) if whole and person.lstrip("-").isdigit() else person
        where = {"person_id": wanted}
        rows = []
        if isinstance(wanted, int) == whole:
            own = opened.of(where)
            batches = answered(options, own).batches()
            rows = [row for batch in batches for row in batch.to_pylist()]
        first, until = opened.observed.first, opened.observed.until
    if not rows:
        raise SchemaError(
            "no crossing of this person can be used",
            where=", ".join(path.name for path in options.files),
            remedy="check the identifier",
            id="NotFound",
        )
    threshold, window = options.days
    head = [
        f"Observed from {first} to the day before {until}.",
        f"Long-term: {threshold} of {window} days on the side that a crossing leads to.",
    ]
    return [*head, *(_line(row, threshold, window) for row in rows)]


def _line(row: dict[str, Any], threshold: int, window: int) -> str:
    way = "arrival" if row["direction"] == 1 else "departure"
    if row["excluded"]:
        return f"{row['event_time']}  {way:9}  left out: {_EXCLUDED[row['excluded']]}"
    answers = {1: f"LONG-TERM {way.upper()}", 0: "not long-term", None: "not yet known"}
    parts = [_reason(row, threshold, window)]
    if row["initial"]:
        parts.append(f"{_before(row)} before the first crossing: {_FIRST[row['initial']]}")
    if row["gap_after"]:
        parts.append("the next crossing goes the same way: one between them is missing")
    if row["contradicted"]:
        parts.append("a later statement says otherwise")
    if row["final_at"] is not None and row["long_term"] is not None:
        parts.append(f"known since observation reached {row['final_at']}")
    return f"{row['event_time']}  {way:9}  {answers[row['long_term']]}: {'; '.join(parts)}"


def _before(row: dict[str, Any]) -> str:
    return {1: "resident", 0: "not resident", None: "status not known"}[row["before"]]


def _reason(row: dict[str, Any], threshold: int, window: int) -> str:
    if row["before"] == row["direction"]:
        return (
            "resident before it as after it" if row["before"] else "no resident before it or after"
        )
    new, seen = row["new_side_days"], row["observed_days"]
    side = "in the country" if row["direction"] == 1 else "abroad"
    counted = f"{new} of {seen} days after it were spent {side}"
    if row["evidence"] == 1:
        told = f"{counted}, and {threshold} are enough"
        if row["long_term"] is None:
            return f"{told}, but the status before is not known"
        return told
    if row["evidence"] == 0:
        return f"{counted}; {threshold} of {window} cannot be reached"
    if row["long_term"] == 0:
        return f"{counted}; too soon after a crossing the other way to count whatever follows"
    return f"{counted}; {threshold} of {window} may still be reached"
