# SPDX-License-Identifier: Apache-2.0
"""What a run of refugee capacity is given: applications, backlog, recognition, terms of work."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.refugees import BASELINE, Shock
from keruen.decide.uncertainty import Uncertain
from keruen.report.asylum_exhibits import decisions
from keruen.report.build import Desk
from keruen.report.locale import Message, Year, msg
from keruen.sources.practice_applications import PRACTICE

APPLICATIONS: Final = "unhcr.applications"
SEEKERS: Final = "unhcr.population"
OWN: Final = "own.applications"
TERMS: Final[dict[str, tuple[str, float, float]]] = {
    "officers": ("officers", 0.0, np.inf),
    "rate": ("decisions per officer and month", 0.1, np.inf),
    "recognition": ("share", 0.0, 1.0),
    "withdrawal": ("share per month", 0.0, 1.0),
    "housed": ("share", 0.0, 1.0),
}
"""Terms that a user gives, with unit, least and most."""

_AGAIN: Final = {"level": ("AR", "JR", "RA"), "application": ("A", "R", "J", "RA", "FA")}
"""Rows that count a person again: appeals, reviews and renewed applications."""
_FEWEST_YEARS: Final = 5
_MONTHS: Final = 12
_ENDS: Final = 2


@dataclass(frozen=True)
class CaseloadInputs:
    """What a run is given.

    Parameters
    ----------
    history : DataArray [year or month, destination], persons
        Applications; beside those of the country those of others that lend it strength.
    name : str
        Label of the country, or of the user's series.
    backlog : float
        Cases at the start.
    backlog_year : int or None
        Year whose end the embedded backlog is of; None for a user's own.
    terms : dict of str to Uncertain
        Officers, rate, recognition, withdrawal, housed.
    embedded : frozenset of str
        Terms taken from embedded data.
    first : int
        Year and month (year x 12 + month - 1) of the first month ahead.
    files : dict of str to str
        SHA-256 of a user's file.
    notes : tuple of Message
        What must be said beside the numbers.
    practice : bool
        Whether the applications are made up.
    """

    history: xr.DataArray
    name: str
    backlog: float
    backlog_year: int | None
    terms: Mapping[str, Uncertain]
    embedded: frozenset[str]
    first: int
    files: Mapping[str, str]
    notes: tuple[Message, ...]
    practice: bool = False

    @property
    def monthly(self) -> bool:
        """Whether the history is one of months."""
        return "month" in self.history.dims


def caseload_inputs(
    given: Path | str, *, terms: Mapping[str, str], backlog: int | None
) -> CaseloadInputs:
    """Inputs of a run, from embedded data for a country or from a user's file.

    Parameters
    ----------
    given : Path or str
        ISO 3166-1 alpha-3 code, or a file with ``month`` and ``applications``.
    terms : mapping of str to str
        Numbers as typed: ``10``, or ``8:12`` for anything between.
    backlog : int, optional
        Cases at the start; for a country those that UNHCR counts when not given.

    Returns
    -------
    CaseloadInputs

    Raises
    ------
    CoverageError
        UNHCR holds no series of the country that is long enough (``TooShort``), or months
        have gaps.
    SchemaError
        A term cannot be read, or is needed and not given. All faults together.
    """
    text = str(given)
    if len(text) == 3 and text.isalpha() and not Path(text).exists():
        return _country(text.upper(), terms, backlog)
    return _own(Path(given), terms, backlog)


def _country(code: str, terms: Mapping[str, str], backlog: int | None) -> CaseloadInputs:
    history, cases = _applications(code)
    notes = [
        msg("In {year} UNHCR counted cases and not persons; they stand in for persons.",
            year=Year(year)) for year in cases
    ]  # fmt: skip
    known: dict[str, Uncertain] = {}
    desk = Desk(code)
    if not terms.get("recognition"):
        known = _recognition(desk)
    waiting, year = float(backlog or 0), None
    if backlog is None:
        waiting, year = _seekers(desk)
    first = (int(history["year"].max()) + 1) * _MONTHS
    chosen = {**known, **_terms(terms, known)}
    return CaseloadInputs(
        history, code, waiting, year, chosen, frozenset(known), first, {}, tuple(notes)
    )


def _applications(code: str) -> tuple[xr.DataArray, list[int]]:
    """First applications of the country and of others over its last unbroken years."""
    from keruen import load_table

    table = load_table(APPLICATIONS)
    again = np.zeros(len(table), dtype=bool)
    for column, codes in _AGAIN.items():
        again |= table[column].isin(codes).to_numpy()
    keys = ["destination", "year", "counted"]
    first = table[~again].groupby(keys, observed=True)["asylum_applications"].sum()
    wide = first.unstack("counted").reindex(columns=["P", "C"])
    both = wide["P"].fillna(wide["C"])  # persons where they were counted, else cases
    years = both.unstack("year").sort_index(axis=1)
    if code not in years.index:
        raise CoverageError(
            f"UNHCR holds no applications in {code}",
            where=APPLICATIONS,
            remedy="give a file of your own monthly applications",
            id="TooShort",
        )
    own = years.loc[code]
    gaps = np.flatnonzero(own.isna().to_numpy())
    start = int(gaps[-1]) + 1 if len(gaps) else 0
    if len(own) - start < _FEWEST_YEARS:
        raise CoverageError(
            f"applications in {code} are held without a gap for {len(own) - start} years",
            where=APPLICATIONS,
            remedy="give a file of your own monthly applications",
            id="TooShort",
        )
    kept = years.iloc[:, start:]
    kept = kept[kept.notna().all(axis=1)]
    labels = {"year": kept.columns.astype(int).to_numpy(), "destination": list(kept.index)}
    persons = wide["P"].unstack("year").reindex(columns=years.columns)
    missing = persons.loc[code].iloc[start:].isna() if code in persons.index else own.iloc[start:]
    cases = [int(year) for year in missing.index[missing.to_numpy(dtype=bool)]]
    array = xr.DataArray(kept.T.to_numpy(dtype=float), labels, name="applications")
    return array.assign_attrs(units="persons", kind="count"), cases


def _recognition(desk: Desk) -> dict[str, Uncertain]:
    """Share of decisions that protect in the last year decided, with its interval."""
    found = decisions(desk)
    if found is None:
        return {}
    known = found.rates.rate.dropna("year")
    if not known.size:
        return {}
    year = int(known["year"][-1])
    low, mode, high = (
        float(part.sel(year=year)) / 100
        for part in (found.rates.lower, found.rates.rate, found.rates.upper)
    )
    values = {"low": low, "mode": mode, "high": high}
    source = f"unhcr.decisions {year}"
    return {"recognition": Uncertain("recognition", "triangular", values, "share", source)}


def _seekers(desk: Desk) -> tuple[float, int | None]:
    """Asylum seekers whose cases are pending at the end of the last year."""
    held = desk.part(f"{SEEKERS}.asylum_seekers", destination=desk.country)
    if held is None:
        raise CoverageError(
            f"UNHCR counts no asylum seekers in {desk.country}",
            where=SEEKERS,
            remedy="give --backlog",
            id="NoBacklog",
        )
    rest = [dim for dim in held.dims if dim != "year"]
    total = held.sum(rest, min_count=1).dropna("year")
    return float(total.isel(year=-1)), int(total["year"][-1])


def _own(path: Path, terms: Mapping[str, str], backlog: int | None) -> CaseloadInputs:
    import pandas as pd

    from keruen.sources.files import read_table

    table = read_table(path, "asylum_applications").table
    days = pd.to_datetime(table["month"])
    table = table.assign(at=days.dt.year * _MONTHS + days.dt.month - 1).sort_values("at")
    at = table["at"].to_numpy()
    broken = np.flatnonzero(np.diff(at) != 1)
    if len(broken):
        last, step = int(at[broken[0]]), int(at[broken[0] + 1] - at[broken[0]])
        raise CoverageError(
            f"after {last // _MONTHS}-{last % _MONTHS + 1:02} a month is missing"
            if step
            else f"{last // _MONTHS}-{last % _MONTHS + 1:02} stands twice",
            where=path.name,
            remedy="give one row a month; a month in which nobody applied has 0",
            id="BrokenSeries",
        )
    labels = {"month": np.arange(1, len(at) + 1), "destination": [path.stem]}
    values = table["applications"].to_numpy(dtype=float)[:, None]
    history = xr.DataArray(values, labels, name="applications")
    chosen = _terms(terms, {})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    history = history.assign_attrs(units="persons", kind="count")
    waiting = float(backlog or 0)
    return CaseloadInputs(
        history, path.stem, waiting, None, chosen, frozenset(), int(at[-1]) + 1,
        {path.name: digest}, (), practice="source" in table and PRACTICE in set(table["source"]),
    )  # fmt: skip


def _terms(typed: Mapping[str, str], known: Mapping[str, Uncertain]) -> dict[str, Uncertain]:
    """Terms as typed; all faults at once."""
    found: dict[str, Uncertain] = {}
    faults: list[WorkbenchError] = []
    for name in TERMS:
        if not typed.get(name):
            if name not in known:
                what = f"--{name} is not given"
                faults.append(SchemaError(what, remedy=f"give a number, in {TERMS[name][0]}"))
            continue
        try:
            found[name] = read_term(name, typed[name])
        except WorkbenchError as fault:
            faults.append(fault)
    raise_faults(faults, where="options")
    return found


def read_term(name: str, typed: str) -> Uncertain:
    """A number, or the two ends of what a number may be.

    Parameters
    ----------
    name : str
        Term of :data:`TERMS`.
    typed : str
        ``10``, or ``8:12``.

    Returns
    -------
    Uncertain
        Fixed, or the same everywhere between the ends.

    Raises
    ------
    SchemaError
        It is neither, or out of range.

    Examples
    --------
    >>> read_term("rate", "8:12").values
    {'low': 8.0, 'high': 12.0}
    """
    units, least, most = TERMS[name]
    try:
        ends = [float(part) for part in typed.split(":")]
    except ValueError:
        ends = []
    inside = all(least <= end <= most for end in ends)
    if not (1 <= len(ends) <= _ENDS and inside and sorted(set(ends)) == ends):
        raise SchemaError(
            f"--{name} {typed} cannot be used",
            where="options",
            remedy=f"give a number such as 10, or two ends such as 8:12, in {units}, from "
            f"{least:g}" + (f" to {most:g}" if np.isfinite(most) else ""),
            id="BadTerm",
        )
    if len(ends) == 1:
        return Uncertain(name, "fixed", {"value": ends[0]}, units, "option")
    return Uncertain(name, "uniform", {"low": ends[0], "high": ends[1]}, units, "option")


def read_shock(typed: str) -> Shock:
    """An event as typed: name, persons displaced, share that comes, first month, months.

    Parameters
    ----------
    typed : str
        Five parts with colons between.

    Returns
    -------
    Shock

    Raises
    ------
    SchemaError
        The parts are not five, or not numbers where they should be (``BadShock``).

    Examples
    --------
    >>> read_shock("crisis:100000:0.01:4:3").duration
    3
    """
    try:
        name, size, share, start, duration = typed.split(":")
        shock = Shock(name.strip(), float(size), float(share), int(start), int(duration))
    except ValueError as error:
        raise SchemaError(
            f"--shock {typed} cannot be read",
            where="options",
            remedy="give NAME:PERSONS:SHARE:MONTH:MONTHS, such as crisis:100000:0.01:4:3",
            id="BadShock",
        ) from error
    if not shock.name or shock.name == BASELINE:
        raise SchemaError(
            "a shock needs a name of its own", where=f"--shock {typed}", id="BadShock"
        )
    return shock
