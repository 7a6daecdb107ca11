# SPDX-License-Identifier: Apache-2.0
"""What a run over person-level records is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from keruen.core.errors import SchemaError
from keruen.measure.residence import Gap
from keruen.report.record_words import ColumnMapping, parse_keys, parse_rule
from keruen.sources.records import Engine


@dataclass(frozen=True)
class RecordOptions:
    """What a run over person-level records is asked.

    Parameters
    ----------
    files : tuple of Path
        Files of records.
    rule : str
        A name of ``RULES``, or days such as 365d/487d.
    by : str
        Keys, joined by commas.
    as_of : date, optional
        Last day that was known: later rows are not used.
    observed_from, observed_until : date, optional
        First day observed, first day not observed.
    gap : str
        Treatment of missing crossings.
    initial : str
        ``unknown``, ``opposite``, or a file of statements.
    deaths, births, signs : Path, optional
        Files beside.
    engine, memory : str
        Where the rows are kept, and how much memory it may use.
    mapping : ColumnMapping
        Headings and codes.
    disclosure : str
        As ``parse_protection`` reads it.
    secret : bytes
        What rounding and noise hang on.
    key_given : bool
        Whether the secret is the user's, to be used again.
    provisional : str
        Model of months that are not final yet: ``best`` of all, or one by name; none when
        empty.

    Raises
    ------
    SchemaError
        Provisional figures are asked without the first day observed, or without months
        (``BadSetting``).
    """

    files: tuple[Path, ...]
    rule: str = "12/16"
    by: str = "month"
    as_of: date | None = None
    observed_from: date | None = None
    observed_until: date | None = None
    gap: Gap = "midpoint"
    initial: str = "unknown"
    deaths: Path | None = None
    births: Path | None = None
    signs: Path | None = None
    engine: Engine = "duckdb"
    memory: str = "2GB"
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    disclosure: str = "none"
    secret: bytes = b""
    key_given: bool = False
    provisional: str = ""

    def __post_init__(self) -> None:
        parse_rule(self.rule)  # before anything is read
        if self.provisional and (self.observed_from is None or "month" not in self.keys):
            raise SchemaError(
                "provisional figures are by month, learned from months known in full",
                where="--provisional",
                remedy="give --observed-from, the first day recorded, and month in --by",
                id="BadSetting",
            )

    @property
    def days(self) -> tuple[int, int]:
        """Threshold and window in days."""
        return parse_rule(self.rule)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys asked for, month first."""
        return parse_keys(self.by)

    @property
    def until(self) -> date | None:
        """First day not observed: the day after the vintage, or sooner."""
        ends = [self.as_of + timedelta(days=1)] if self.as_of else []
        ends += [self.observed_until] if self.observed_until else []
        return min(ends, default=None)

    @property
    def statements(self) -> Path | None:
        """File of statements of status."""
        return None if self.initial in ("unknown", "opposite") else Path(self.initial)

    def told(self) -> dict[str, Any]:
        """What a manifest says: everything but the secret."""
        threshold, window = self.days
        return {
            "rule": {"name": self.rule, "threshold_days": threshold, "window_days": window},
            "by": list(self.keys),
            "as_of": str(self.as_of or ""),
            "gap": self.gap,
            "initial": self.statements.name if self.statements else self.initial,
            "deaths": self.deaths.name if self.deaths else "",
            "births": self.births.name if self.births else "",
            "columns": dict(self.mapping.columns),
            "engine": self.engine,
            "provisional": self.provisional,
        }
