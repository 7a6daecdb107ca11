# SPDX-License-Identifier: Apache-2.0
"""What a run over person-level records says of itself: progress, totals, manifest."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keruen.core.records import PersonRecords
from keruen.measure.record_protection import Protection, protected_table
from keruen.measure.record_tables import CountTable, ObservedDays
from keruen.report.record_options import RecordOptions

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[str, int, int], None]
"""Told what is being done, how many rows of it are, and how many it has (0: not known)."""


def nobody(what: str, done: int, rows: int) -> None:
    """Tell nobody."""


@dataclass
class Stages:
    """Turns what the engine says of its rows into what is told to a user."""

    tell: Tell
    what: str = "reading"
    rows: int = 0
    done: int = 0
    begun: float = field(default_factory=time.monotonic)

    def enter(self, what: str, rows: int = 0) -> None:
        """Begin another stage."""
        self.what, self.rows, self.done = what, rows, 0
        self.tell(what, 0, rows)

    def seen(self, rows: int) -> None:
        """Rows that the engine has gone through."""
        self.done += rows
        if self.rows:
            self.tell(self.what, min(self.done, self.rows), self.rows)

    def cost(self) -> dict[str, float | None]:
        """Seconds since the start, and most memory used, in GB."""
        seconds = round(time.monotonic() - self.begun, 3)
        return {"seconds": seconds, "peak_memory_gb": _peak_memory()}


def _peak_memory() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 3)


def with_net(flows: pd.DataFrame) -> pd.DataFrame:
    """Flows with their balance, missing where either is hidden.

    Parameters
    ----------
    flows : DataFrame
        Arrivals and departures.

    Returns
    -------
    DataFrame
    """
    place = list(flows).index("departures") + 1
    net = flows["arrivals"] - flows["departures"]
    flows.insert(place, "net", net)
    return flows


def flow_totals(flows: CountTable, table: pd.DataFrame, protection: Protection) -> dict[str, Any]:
    """Totals of the flows, protected as the tables are.

    Parameters
    ----------
    flows : CountTable
        Exact flows.
    table : DataFrame
        The flows as published; rounded ones give the totals.
    protection : Protection
        What is done to counts.

    Returns
    -------
    dict
        Long-term arrivals, departures and their sum; open crossings; None for what is hidden.
    """
    if protection.method in ("threshold", "cellkey"):
        cells = flows.cells.assign(status="all")
        table = protected_table(CountTable(cells, flows.keys, flows.measures).by(), protection)
        table = table[table["status"] == "all"]
    found = {name: _whole(table[name].sum(skipna=False)) for name in flows.measures}
    arrivals, departures = found["arrivals"], found["departures"]
    return {
        "long_term_arrivals": arrivals,
        "long_term_departures": departures,
        "long_term": None if arrivals is None or departures is None else arrivals + departures,
        "open": {"arrivals": found["open_arrivals"], "departures": found["open_departures"]},
    }


def _whole(value: float) -> int | None:
    return None if value != value else int(value)  # noqa: PLR0124  (not a number: hidden)


def row_counts(records: PersonRecords, readable: int, reasons: pd.DataFrame) -> dict[str, Any]:
    """Rows read, used, refused while reading and left out by the rule, which add up.

    Parameters
    ----------
    records : PersonRecords
        The rows read.
    readable : int
        Rows not refused.
    reasons : DataFrame
        As ``answer_counts`` makes it.

    Returns
    -------
    dict
    """
    counts = records.rejects.groupby("reason")["count"].sum()
    refused = {str(reason): int(n) for reason, n in counts.items()}
    out = reasons[reasons["what"] == "excluded"]
    excluded = {str(k): int(n) for k, n in zip(out["reason"], out["count"], strict=True)}
    return {
        "read": readable + sum(refused.values()),
        "used": readable - sum(excluded.values()),
        "rejected": {
            reason: refused.get(reason, 0) + excluded.get(reason, 0)
            for reason in {**refused, **excluded}  # one may be found in both ways
        },
    }


def side_rows(sides: Mapping[str, PersonRecords | None]) -> dict[str, Any]:
    """Rows read and refused of the side tables.

    Parameters
    ----------
    sides : dict
        Records by name.

    Returns
    -------
    dict
    """
    return {
        name: {
            "used": side.count(),
            "rejected": side.rejects.groupby("reason")["count"].sum().astype(int).to_dict(),
        }
        for name, side in sides.items()
        if side is not None
    }


def shared_manifest(
    options: RecordOptions, protection: Protection, observed: ObservedDays
) -> dict[str, Any]:
    """What the manifest of each run over records says.

    Parameters
    ----------
    options : RecordOptions
        What was asked.
    protection : Protection
        What was done to counts.
    observed : ObservedDays
        Days observed.

    Returns
    -------
    dict
    """
    secret = "given" if options.key_given else "made for this run and not kept"
    kept = protection.method in ("round", "cellkey")
    sides = (options.deaths, options.births, options.statements, options.signs)
    files = [*options.files, *(path for path in sides if path is not None)]
    return {
        "concept": "moves of usual residence",
        "units": "persons",
        "observed": {"from": str(observed.first), "until": str(observed.until)},
        "disclosure": {"method": str(protection), "secret": secret if kept else "none"},
        "inputs": [{"file": path.name, "sha256": _digest(path)} for path in files],
    }


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
