# SPDX-License-Identifier: Apache-2.0
"""Subjects of the embedded tables, and how a table is cited."""

from __future__ import annotations

import re
from typing import Final

from keruen import __version__
from keruen.report.locale import Message, msg
from keruen.sources.datasets import DataSet

SUBJECTS: Final[dict[str, Message]] = {
    "flows": msg("Migration flows and moves"),
    "stocks": msg("Immigrants by country of birth"),
    "protection": msg("Refugees and asylum"),
    "irregular": msg("Irregular migration"),
    "return": msg("Return, quotas and foreign labour"),
    "remittances": msg("Remittances"),
    "population": msg("Population, births and deaths"),
    "towns": msg("Towns and settlement"),
    "labour": msg("Work"),
    "education": msg("Education"),
    "economy": msg("Economy"),
    "places": msg("Distances and places"),
    "practice": msg("Practice tables"),
}
"""Subjects in words."""

_RULES: Final = (
    ("practice", r"made-up"),
    ("protection", r"refugee|asylum|protection|unhcr"),
    ("irregular", r"irregular|missing_migrants|deaths and disappearances"),
    ("return", r"return_quota|labour_quota|foreign labour|returnees|ethnic return|permits"),
    ("remittances", r"remittance(?!s by country)"),
    ("towns", r"\burban and|urban share|cities|settlement|districts|locality|local areas"),
    ("stocks", r"immigrants by|born abroad|birthplace"),
    ("flows", r"flows|\bmoves?\b|migrants|migration|crossings|arrivals"),
    ("labour", r"employ|labour|occupation|wages|jobs"),
    ("education", r"education|tertiary|enrolment|schooling|graduates|students"),
    ("economy", r"product|economy|income|human development"),
    ("places", r"distance|\barea\b|position"),
    ("population", r"population|birth|death|fertility|life expectancy|demographic|projection|age"),
)
"""The first subject whose words stand in the name or title of a table."""


def subject_of(table: DataSet) -> str:
    """The subject of a table.

    Parameters
    ----------
    table : DataSet
        Table.

    Returns
    -------
    str
        A key of :data:`SUBJECTS`; empty where no rule fits.

    Examples
    --------
    >>> from keruen.sources.catalog import dataset
    >>> subject_of(dataset("un.stock.2024")), subject_of(dataset("knomad.remittances"))
    ('stocks', 'remittances')
    """
    text = f"{table.id} {table.title}".casefold()
    return next((name for name, words in _RULES if re.search(words, text)), "")


def units_of(table: DataSet) -> tuple[str, ...]:
    """Units of the values of a table, each once.

    Parameters
    ----------
    table : DataSet
        Table.

    Returns
    -------
    tuple of str
    """
    found = [one.units for one in table.columns] + [one.units for one in table.series.values()]
    return tuple(dict.fromkeys(unit for unit in found if unit))


def citation_of(table: DataSet) -> str:
    """How a table of the package is cited.

    Parameters
    ----------
    table : DataSet
        Table.

    Returns
    -------
    str
        The publication, its licence, and which file of which version was used.

    Examples
    --------
    >>> from keruen.sources.catalog import dataset
    >>> citation_of(dataset("un.stock.2024")).partition(" Licence")[2][:18]
    ': CC-BY-3.0-IGO. T'
    """
    source = table.source
    return (
        f"{source.citation.rstrip('.')}. Licence: {source.licence.id}. Table {table.id} of "
        f"Keruen {__version__}, SHA-256 {table.digest[:16]}."
    )
