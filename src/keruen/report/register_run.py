# SPDX-License-Identifier: Apache-2.0
"""Runs over population registers and over traces of phones: from files to tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from keruen.core.records import PersonRecords
from keruen.measure._record_cells import IndexEvents
from keruen.measure.overcoverage import residency_index
from keruen.measure.record_counts import event_counts
from keruen.measure.record_protection import Protection, parse_protection, protected_table
from keruen.measure.record_tables import ObservedDays, observed_days
from keruen.measure.registers import crossings_from_spells, register_spells
from keruen.measure.traces import TraceMethod, moves_from_traces
from keruen.report.record_options import RecordOptions
from keruen.report.record_run import Opened, RecordRun, open_sides, tabulated
from keruen.report.record_summary import (
    Stages,
    Tell,
    nobody,
    row_counts,
    shared_manifest,
    side_rows,
)
from keruen.report.trace_shares import with_population
from keruen.sources._record_layouts import LAYOUTS, Layout
from keruen.sources.records import open_records

if TYPE_CHECKING:
    import pandas as pd

_STAY: Final = 90
"""Days in a place before and after a move."""
_FEW: Final = 15
"""Users below whom a total is not told when counts are protected."""


@contextmanager
def register_run(
    options: RecordOptions, *, weights: Mapping[str, float] | None = None, tell: Tell = nobody
) -> Iterator[RecordRun]:
    """Tables of migration from the registrations of a population register.

    Parameters
    ----------
    options : RecordOptions
        What is asked; keys are ``month`` and ``place``.
    weights : dict of str to float, optional
        Weight of each sign of life, by its column of the file ``options.signs``.
    tell : callable, optional
        Told of the progress.

    Yields
    ------
    RecordRun
        The tables of crossings, and with signs of life ``residency`` (persons by year and
        whether they count as resident) and ``inferred_departures``.

    Raises
    ------
    SchemaError
        An option or a file cannot be used.

    See Also
    --------
    keruen.measure.registers, keruen.measure.overcoverage : The methods.
    """
    stages = Stages(tell)
    protection = parse_protection(options.disclosure, secret=options.secret)
    stages.enter("reading")
    with open_records(
        options.files,
        layout="spells",
        columns=options.mapping.columns,
        engine=options.engine,
        memory=options.memory,
        progress=stages.seen,
    ) as records:
        used = records.count()
        stages.enter("ordering", used)
        crossings = crossings_from_spells(register_spells(records))
        observed = observed_days(
            crossings,
            window_days=options.days[1],
            observed_from=options.observed_from,
            observed_until=options.until,
        )
        sides = open_sides(options, records)
        opened = Opened(crossings, sides, observed)
        stages.enter("answering")
        tables, summary = tabulated(options, protection, opened)
        if options.signs is not None:
            stages.enter("signs of life")
            signs = _signs(options, records, weights or {})
            sides = {**sides, "signs": signs}
            index = residency_index(signs, weights=weights or {}, until=observed.until.year - 1)
            tables |= _residency(index, observed, protection)
        rows = row_counts(records, used, tables["reasons"].iloc[:0])
        manifest = {
            "command": "measure register",
            "options": {**options.told(), "weights": dict(weights or {})},
            **shared_manifest(options, protection, observed),
            "side_tables": side_rows(sides),
        }
        found = {"rows": rows, **summary, "engine": options.engine, **stages.cost()}
        yield RecordRun(tables, found, manifest, records)


def _signs(
    options: RecordOptions, records: PersonRecords, weights: Mapping[str, float]
) -> PersonRecords:
    layout = LAYOUTS["signs"]
    wanted = Layout({**layout.required, **dict.fromkeys(weights, "flag")}, layout.optional)
    return open_records([options.signs], layout=wanted, beside=records)  # type: ignore[list-item]


def _residency(
    index: PersonRecords, observed: ObservedDays, protection: Protection
) -> dict[str, pd.DataFrame]:
    """Persons by year and answer, and the departures inferred by month."""
    kernel = IndexEvents(index.schema.field("person_id").type)
    events = index.apply(kernel, kernel.schema)
    secret = protection.secret if protection.method == "cellkey" else None
    people = event_counts(
        events, by=["resident"], observed=observed, measure="persons", secret=secret
    )
    left = event_counts(
        events, by=["certainty"], observed=observed, time="departed",
        measure="inferred_departures", secret=secret,
    )  # fmt: skip
    return {
        "residency": protected_table(people, protection).assign(protection=str(protection)),
        "inferred_departures": protected_table(left, protection).assign(protection=str(protection)),
    }


@contextmanager
def traces_run(
    options: RecordOptions,
    *,
    method: TraceMethod = "segments",
    shares: Mapping[str, float] | None = None,
    tell: Tell = nobody,
) -> Iterator[RecordRun]:
    """Table of moves between places from traces such as those of phones.

    Parameters
    ----------
    options : RecordOptions
        What is asked.
    method : {"segments", "modal"}, optional
        How moves are found.
    shares : dict of str to float, optional
        Share of the population of a place that the users are.
    tell : callable, optional
        Told of the progress.

    Yields
    ------
    RecordRun
        Table ``moves`` by month, origin and destination.

    Raises
    ------
    SchemaError
        An option or a file cannot be used.

    See Also
    --------
    keruen.measure.traces.moves_from_traces : The method.
    """
    stages = Stages(tell)
    protection = parse_protection(options.disclosure, secret=options.secret)
    secret = protection.secret if protection.method == "cellkey" else None
    stages.enter("reading")
    with open_records(
        options.files,
        layout="traces",
        columns=options.mapping.columns,
        engine=options.engine,
        memory=options.memory,
        progress=stages.seen,
    ) as records:
        used = records.count()
        observed = observed_days(
            records,
            window_days=_STAY,
            observed_from=options.observed_from,
            observed_until=options.until,
        )
        stages.enter("finding moves", used)
        found = moves_from_traces(records, method=method)
        stages.enter("counting")
        moves = event_counts(found, by=["origin", "destination"], observed=observed, secret=secret)
        table = with_population(protected_table(moves, protection), shares or {})
        total = int(moves.cells["count"].sum())
        refused = records.rejects.groupby("reason")["count"].sum().astype(int).to_dict()
        summary = {
            "rows": {"read": used + sum(refused.values()), "used": used, "rejected": refused},
            "moves": total if protection.method == "none" or total >= _FEW else None,
            "engine": options.engine,
            **stages.cost(),
        }
        manifest = {
            "command": "measure traces",
            "options": {
                "method": method,
                "engine": options.engine,
                "columns": dict(options.mapping.columns),
                "shares": dict(shares or {}),
            },
            **shared_manifest(options, protection, observed),
            "concept": "moves of home between places",
        }
        tables = {"moves": table.assign(protection=str(protection))}
        yield RecordRun(tables, summary, manifest, records)
