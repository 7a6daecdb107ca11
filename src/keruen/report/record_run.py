# SPDX-License-Identifier: Apache-2.0
"""A run over border crossings: from files to tables, with the rows still in their engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keruen.core.records import PersonRecords, Where
from keruen.measure._record_cells import needed
from keruen.measure.linked_disclosure import protected_release
from keruen.measure.record_pass import crossing_tables
from keruen.measure.record_protection import Protection, parse_protection
from keruen.measure.record_tables import ObservedDays, need_columns, observed_days
from keruen.measure.residence import classify_crossings
from keruen.report.record_options import RecordOptions
from keruen.report.record_provisional import provisional_tables
from keruen.report.record_summary import (
    Stages,
    Tell,
    flow_totals,
    nobody,
    row_counts,
    shared_manifest,
    side_rows,
    with_net,
)
from keruen.sources._record_layouts import LAYOUTS
from keruen.sources.records import open_records

if TYPE_CHECKING:
    import pandas as pd

_ALWAYS = ("person_id", "event_time", "direction", "crossing_id", "checkpoint")


@dataclass(frozen=True)
class RecordRun:
    """What a run found; the rows are still in their engine.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Tables as they may leave.
    summary : dict
        Counts, time and memory.
    manifest : dict
        What was asked and used.
    records : PersonRecords
        The rows read, which know the rows refused.
    """

    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]
    manifest: Mapping[str, Any]
    records: PersonRecords


@dataclass(frozen=True)
class Opened:
    """Crossings and what stands beside them, in one engine."""

    crossings: PersonRecords
    sides: Mapping[str, PersonRecords | None]
    observed: ObservedDays

    def of(self, where: Where) -> Opened:
        """The rows of some persons."""
        sides = {k: side and side.select(where=where) for k, side in self.sides.items()}
        return Opened(self.crossings.select(where=where), sides, self.observed)


@contextmanager
def open_crossings(
    options: RecordOptions, stages: Stages
) -> Iterator[tuple[PersonRecords, Opened]]:
    """Files of crossings, opened, checked and narrowed to the columns wanted.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    stages : Stages
        Told of the rows read.

    Yields
    ------
    PersonRecords, Opened
        All rows read, and those wanted with their side tables.
    """
    columns = needed(options.keys)
    named = dict.fromkeys([*columns, *options.mapping.columns])
    own = [name for name in named if name not in LAYOUTS["crossings"].columns]
    with open_records(
        options.files,
        columns=options.mapping.columns,
        directions=options.mapping.directions,
        carry=own,
        window=(options.observed_from, options.observed_until),
        engine=options.engine,
        memory=options.memory,
        progress=stages.seen,
    ) as records:
        need_columns(records, options.keys)
        sides = open_sides(options, records)
        observed = observed_days(
            records,
            window_days=options.days[1],
            observed_from=options.observed_from,
            observed_until=options.until,
        )
        kept = [name for name in _ALWAYS if name in records.schema.names]
        narrow = records.select(list(dict.fromkeys([*kept, *columns])))
        yield records, Opened(narrow, sides, observed)


def open_sides(options: RecordOptions, records: PersonRecords) -> dict[str, PersonRecords | None]:
    """Deaths, births and statements of status, in the engine of the records.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    records : PersonRecords
        Records opened before.

    Returns
    -------
    dict of str to PersonRecords or None
    """
    paths = {
        "deaths": options.deaths,
        "births": options.births,
        "status_known": options.statements,
    }
    return {
        name: open_records([path], layout=name, beside=records) if path else None
        for name, path in paths.items()
    }


def answered(options: RecordOptions, opened: Opened) -> PersonRecords:
    """Crossings with their answers.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    opened : Opened
        The crossings.

    Returns
    -------
    PersonRecords
    """
    return classify_crossings(
        opened.crossings, observed_until=opened.observed.until, **_rule(options, opened)
    )


def _rule(options: RecordOptions, opened: Opened) -> dict[str, Any]:
    """The rule and the side tables, as the methods take them."""
    threshold, window = options.days
    return {
        "threshold_days": threshold,
        "window_days": window,
        "observed_from": options.observed_from,
        "gap": options.gap,
        "initial": "opposite" if options.initial == "opposite" else "unknown",
        **opened.sides,
    }


@contextmanager
def crossings_run(options: RecordOptions, *, tell: Tell = nobody) -> Iterator[RecordRun]:
    """Tables of long-term migration from files of border crossings.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    tell : callable, optional
        Told of the progress.

    Yields
    ------
    RecordRun
        Tables ``flows``, ``stocks``, ``account`` (only without disclosure control) and
        ``reasons``.

    Raises
    ------
    FileError
        A file cannot be read, or the disk is full.
    SchemaError
        An option or a file cannot be used.
    AccountError
        Stocks and flows do not agree.

    See Also
    --------
    keruen.report.record_release.write_records : Writes it.
    """
    stages = Stages(tell)
    protection = parse_protection(options.disclosure, secret=options.secret)
    stages.enter("reading")
    with open_crossings(options, stages) as (records, opened):
        used = records.count()
        stages.enter("answering", used)
        tables, summary = tabulated(options, protection, opened)
        if options.provisional:
            stages.enter("provisional figures", used)
            more, summary["provisional"] = provisional_tables(
                options,
                records,
                sides=opened.sides,
                observed=opened.observed,
                flows=tables["flows"],
                protection=protection,
            )
            tables |= more
        rows = row_counts(records, used, tables["reasons"])
        manifest = {
            "command": "measure crossings",
            "options": options.told(),
            **shared_manifest(options, protection, opened.observed),
            "side_tables": side_rows(opened.sides),
        }
        found = {"rows": rows, **summary, "engine": options.engine, **stages.cost()}
        yield RecordRun(tables, found, manifest, records)


def tabulated(
    options: RecordOptions, protection: Protection, opened: Opened
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Tables of crossings, protected, and their totals.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    protection : Protection
        What is done to counts.
    opened : Opened
        Crossings, side tables and days observed.

    Returns
    -------
    dict of str to DataFrame, dict
        Tables by name, and what a summary says.
    """
    secret = protection.secret if protection.method == "cellkey" else None
    found = crossing_tables(
        opened.crossings,
        by=options.keys,
        observed=opened.observed,
        secret=secret,
        **_rule(options, opened),
    )
    flows, account, reasons = found.flows, found.account, found.reasons
    shown = protected_release(flows.by(*options.keys), account.stocks, protection)
    tables = {"flows": with_net(shown[0]), "stocks": shown[1], "reasons": reasons}
    if protection.method == "none":
        tables["account"] = account.lines
    else:  # the totals of the answers are in the tables, protected
        tables["reasons"] = reasons[reasons["what"] != "answers"].reset_index(drop=True)
    for name in ("flows", "stocks"):
        tables[name]["protection"] = str(protection)
    first = reasons["what"] == "first_status"
    return tables, {
        "persons": int(reasons.loc[first, "count"].sum()),
        **flow_totals(flows, tables["flows"], protection),
        "account": {"closes": True, "lines": len(account.lines)},
    }
