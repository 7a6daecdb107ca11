# SPDX-License-Identifier: Apache-2.0
"""What the dated parameters of the law give a quota: its number, its support, its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core._regions import region_code
from keruen.core.errors import CodeError, SchemaError
from keruen.core.events import Event
from keruen.core.sentences import msg
from keruen.decide.ledger_rules import LedgerRules, Money, Support

if TYPE_CHECKING:
    from keruen.sources.parameters import Parameters

_MCI: Final = "kaz.mci"
_SUPPORT: Final = "kaz.resettlement."
_QUOTAS: Final = {"kandas": "kaz.kandas_quota", "resettlers": "kaz.resettlers_quota"}


def rules_of_law(programme: str, year: int, held: Parameters) -> tuple[dict[str, Any], list[str]]:
    """Support that the dated parameters grant in a year, as rules of a quota.

    Parameters
    ----------
    programme : str
        ``kandas`` or ``resettlers``.
    year : int
        Year of the quota.
    held : Parameters
        Dated parameters of the package, with a user's own laid over them.

    Returns
    -------
    tuple of dict and list of str
        Fields of rules, and what the officer must know: each value to be confirmed.
    """
    day = f"{year}-12-31"
    _need_programme(programme)
    index = [
        Money(one.start.isoformat(), str(one.value), valid_to=str(one.until or ""))
        for one in held.history(_MCI)
        if one.value is not None
    ]
    each, rent, months, employer = (
        held.value(f"{_SUPPORT}{name}", day)
        for name in ("relocation", "rent", "rent_months", "employer")
    )
    range_: Any = rent
    start = max(_start(held, name, day) for name in ("relocation", "rent", "employer"))
    support = [
        Support("relocation", str(each), str(each), per="unit", valid_from=start),
        Support(
            "rent",
            str(range_["least"]),
            str(range_["most"]),
            times=int(str(months)),
            valid_from=start,
        ),
        Support("employer", str(employer), str(employer), valid_from=start),
    ]
    open_ = held.unconfirmed(day)
    used = [name for name in open_ if name.startswith((_SUPPORT, _MCI))]
    notes = [f"{name} on {day} is to be confirmed against its legal text" for name in used]
    granted = {"support": [asdict(one) for one in support], "index": [asdict(one) for one in index]}
    return granted, notes


def _start(held: Parameters, name: str, day: str) -> str:
    entry = held[f"{_SUPPORT}{name}"].on(day)
    return entry.start.isoformat() if entry is not None else day


def quota_of_law(
    programme: str, region: str, year: int, held: Parameters
) -> tuple[int, str, list[str]]:
    """The quota that the dated parameters give a region for a year.

    Parameters
    ----------
    programme : str
        ``kandas`` or ``resettlers``.
    region : str
        ISO 3166-2 code.
    year : int
        Year.
    held : Parameters
        Dated parameters.

    Returns
    -------
    tuple of int, str and list of str
        Units, legal reference, and what the officer must know.

    Raises
    ------
    CodeError
        The region has no figure (``UnknownRegion``).
    ScenarioError
        No quotas are known for the year (``NotInForce``).
    SchemaError
        The programme is not one of the law (``UnknownProgramme``).
    """
    _need_programme(programme)
    key, day = f"{_QUOTAS[programme]}.regions", f"{year}-01-01"
    table: Any = held.value(key, day)
    if region not in table:
        raise CodeError(
            msg("{key} has no figure for {region} in {year}", key=key, region=region, year=year),
            where=held.reference(key, day).text(),
            remedy=msg("give the units yourself; it has {regions}", regions=", ".join(table)),
            id="UnknownRegion",
        )
    unsure = [f"{key} on {day} is to be confirmed"] if key in held.unconfirmed(day) else []
    return int(table[region]), held.reference(key, day).text(), unsure


def quota_event(
    quota: str,
    *,
    year: int,
    programme: str,
    region: str,
    total: int | None,
    legal_ref: str,
    rules: Path | None,
    parameters: Sequence[Path] | None,
    revise: bool,
    at: datetime,
    by: str,
) -> tuple[Event, list[str]]:
    """A quota set or revised, from a file of rules, from the law, or both.

    Parameters
    ----------
    quota : str
        Its name.
    year : int
        Its year.
    programme : str
        Programme.
    region : str
        Code or name of a region; empty for the country.
    total : int or None
        Units; those of the law when None.
    legal_ref : str
        Order that sets it; that of the law when empty.
    rules : Path or None
        File of rules, whose fields stand before those of the law.
    parameters : sequence of Path or None
        Use dated parameters, with these files over those of the package; None to use none.
    revise : bool
        Change a quota that is set.
    at : datetime
        When.
    by : str
        Officer.

    Returns
    -------
    tuple of Event and list of str
        The event, and what the officer must know.

    Raises
    ------
    SchemaError
        Total or order are given by nobody (``NoTotal``), or the rules are wrong.
    CodeError
        The region is not known, or has no figure.
    """
    from keruen.report.quota_files import read_rules
    from keruen.sources.parameters import parameter_sets, read_parameters

    code = region_code(region) if region else ""
    given = read_rules(rules) if rules else {}
    notes: list[str] = []
    if parameters is not None:
        held = read_parameters(*parameter_sets(), *parameters)
        granted, notes = rules_of_law(programme, year, held)
        given = granted | given
        if total is None:
            total, order, unsure = quota_of_law(programme, code, year, held)
            legal_ref, notes = legal_ref or order, [*notes, *unsure]
    lacks = [name for name, value in (("--total", total), ("--legal-ref", legal_ref)) if not value
             and value != 0]  # fmt: skip
    if lacks:
        raise SchemaError(
            f"{' and '.join(lacks)} missing",
            where=quota,
            remedy="give them, or take them from the law with --parameters",
            id="NoTotal",
        )
    facts: dict[str, Any] = {"total": total, "legal_ref": legal_ref}
    if not revise or given:
        facts["rules"] = LedgerRules.read(given).facts()
    if not revise:
        facts |= {"year": year, "region": code, "programme": programme}
    return Event("QuotaRevised" if revise else "QuotaSet", quota, at, by, None, facts), notes


def _need_programme(programme: str) -> None:
    if programme not in _QUOTAS:
        raise SchemaError(
            msg(
                "the parameters of the package know no programme '{programme}'", programme=programme
            ),
            remedy=msg(
                "choose {programmes}, or give units, order and rules yourself",
                programmes=" / ".join(_QUOTAS),
            ),
            id="UnknownProgramme",
        )
