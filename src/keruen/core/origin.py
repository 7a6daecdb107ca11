# SPDX-License-Identifier: Apache-2.0
"""Where a number comes from and under which licence it may travel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from keruen.core.errors import LicenceError


@dataclass(frozen=True)
class Licence:
    """Terms under which data may be passed on.

    Parameters
    ----------
    id : str
        Short code, SPDX where one exists.
    name : str
        Name in full.
    address : str
        Page of the licence text; empty when the terms have none.
    share_alike : bool
        Whether adaptations must carry the same licence.
    restricted : bool
        Whether the data may not be passed on at all.
    """

    id: str
    name: str
    address: str = ""
    share_alike: bool = False
    restricted: bool = False


_CC: Final = "https://creativecommons.org/"
LICENCES: Final[dict[str, Licence]] = {
    licence.id: licence
    for licence in (
        Licence(
            "CC-BY-3.0-IGO",
            "Creative Commons Attribution 3.0 IGO",
            f"{_CC}licenses/by/3.0/igo/",
        ),
        Licence("CC-BY-4.0", "Creative Commons Attribution 4.0", f"{_CC}licenses/by/4.0/"),
        Licence(
            "CC-BY-SA-3.0-IGO",
            "Creative Commons Attribution-ShareAlike 3.0 IGO",
            f"{_CC}licenses/by-sa/3.0/igo/",
            share_alike=True,
        ),
        Licence("CC0-1.0", "Creative Commons Zero 1.0", f"{_CC}publicdomain/zero/1.0/"),
        Licence(
            "PDDL-1.0",
            "Open Data Commons Public Domain Dedication",
            "https://opendatacommons.org/licenses/pddl/1-0/",
        ),
        Licence(
            "OGL-UK-3.0",
            "Open Government Licence v3.0",
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        ),
        Licence(
            "etalab-2.0",
            "Licence Ouverte / Open Licence 2.0 (Etalab)",
            "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        ),
        Licence("MIT", "MIT Licence", "https://opensource.org/license/mit"),
        Licence("public-domain", "Public domain"),
        Licence("attribution", "Reuse permitted when the source is named"),
        Licence("facts", "Published facts and legal acts, not protected; source named"),
        Licence("own-use", "For own use only; not to be passed on", restricted=True),
    )
}
"""Every licence that a data set may carry; none of the package is for own use only."""


def refuse_restricted(licences: Iterable[str], *, where: str) -> None:
    """Refuse to pass on data whose licence forbids it.

    Parameters
    ----------
    licences : iterable of str
        Codes, as in ``attrs["licence"]``; one outside the list is the user's own affair.
    where : str
        The data, for the message.

    Raises
    ------
    LicenceError
        A licence forbids passing the data on.

    Examples
    --------
    >>> refuse_restricted(("CC-BY-4.0",), where="kaz.population")
    """
    for id in (licences,) if isinstance(licences, str) else tuple(licences):
        if id in LICENCES and LICENCES[id].restricted:
            raise LicenceError(
                f"these data may not be passed on: {LICENCES[id].name}",
                where=where,
                remedy="leave them out, or ask the publisher for another licence",
            )


@dataclass(frozen=True)
class Source:
    """One publication that figures were taken from.

    Parameters
    ----------
    id : str
        Identifier of the data set in the catalogue, ``publisher.topic``.
    title : str
        Title of the publication.
    publisher : str
        Who stands behind the figures.
    citation : str
        Full citation as it should be printed.
    licence : Licence
        Terms of reuse.
    edition : str
        Revision or edition, for publications that are revised.
    """

    id: str
    title: str
    publisher: str
    citation: str
    licence: Licence
    edition: str = ""
