# SPDX-License-Identifier: Apache-2.0
"""Codes of industries: revision 4 of ISIC, and where industries of revision 3.1 went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from keruen.core._lists import code_list
from keruen.core.arrays import few
from keruen.core.errors import CodeError, WorkbenchError, raise_faults

SECTIONS_31: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "A": ("A",),
        "B": ("A",),
        "C": ("B",),
        "D": ("C", "J", "S"),
        "E": ("D", "E"),
        "F": ("F", "L"),
        "G": ("G", "S"),
        "H": ("I",),
        "I": ("H", "J", "N"),
        "J": ("K",),
        "K": ("J", "L", "M", "N"),
        "L": ("O",),
        "M": ("P",),
        "N": ("Q", "M"),
        "O": ("E", "J", "R", "S"),
        "P": ("T",),
        "Q": ("U",),
    }
)
"""Sections of ISIC revision 3.1 and the sections of revision 4 that their parts are in."""

DIVISIONS_31: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"34": ("29",), "40": ("35",), "67": ("66",)}
)
"""Divisions that revision 3.1 has and revision 4 has not, and what they became."""

_JOINED: Final = ("B-F", "G-U")


def check_sectors(sectors: Iterable[str]) -> None:
    """Refuse codes that are not of ISIC revision 4; offer where older ones went.

    Parameters
    ----------
    sectors : iterable of str
        Codes of industries.

    Raises
    ------
    CodeError
        Codes of revision 3.1 (``OtherVersion``), or of none (``UnknownCode``).

    See Also
    --------
    keruen.project.concordance.reclassify : Brings counts from one version to the other.

    Notes
    -----
    Letters stand for other industries in the two revisions: C is mining in revision 3.1 and
    manufacturing in 4. A table of letters alone, A to Q, cannot be told apart by its codes;
    ``SECTIONS_31`` says what each became.

    References
    ----------
    United Nations (2008). ISIC Revision 4, Statistical Papers M 4/Rev.4, Part Four.

    Examples
    --------
    >>> check_sectors(["A", "10", "B-F"])
    >>> try:
    ...     check_sectors(["34"])
    ... except CodeError as fault:
    ...     print(fault.id, fault.remedy)
    OtherVersion use revision 4: 34 became 29; reclassify() brings counts over
    """
    known = code_list("isic4")
    strange = [code for code in sectors if code not in known and code not in _JOINED]
    older = [code for code in strange if code in DIVISIONS_31]
    unknown = [code for code in strange if code not in DIVISIONS_31]
    faults: list[WorkbenchError] = []
    if older:
        became = "; ".join(f"{code} became {', '.join(DIVISIONS_31[code])}" for code in older)
        faults.append(
            CodeError(
                f"{len(older)} codes are of ISIC revision 3.1",
                where=few(older),
                remedy=f"use revision 4: {became}; reclassify() brings counts over",
                id="OtherVersion",
            )
        )
    if unknown:
        faults.append(
            CodeError(
                f"{len(unknown)} codes are not of ISIC revision 4",
                where=few(unknown),
                remedy="give sections A to U or divisions 01 to 99",
                id="UnknownCode",
            )
        )
    raise_faults(faults, where="sectors")
