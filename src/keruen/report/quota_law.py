# SPDX-License-Identifier: Apache-2.0
"""What the dated parameters of the law give a quota: its number, its support, its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import CodeError, SchemaError
from keruen.decide.ledger_rules import Money, Support

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
    return {"support": support, "index": index}, notes


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
            f"{key} has no figure for {region} in {year}",
            where=held.reference(key, day).text(),
            remedy=f"give --total; it has {', '.join(table)}",
            id="UnknownRegion",
        )
    unsure = [f"{key} on {day} is to be confirmed"] if key in held.unconfirmed(day) else []
    return int(table[region]), held.reference(key, day).text(), unsure


def _need_programme(programme: str) -> None:
    if programme not in _QUOTAS:
        raise SchemaError(
            f"the parameters of the package know no programme '{programme}'",
            remedy=f"choose {' or '.join(_QUOTAS)}, or give --rules, --total and --legal-ref",
            id="UnknownProgramme",
        )
