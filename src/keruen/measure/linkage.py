# SPDX-License-Identifier: Apache-2.0
"""From documents to persons: who crossed with which papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import PersonRecords, need_records_extra
from keruen.measure._components import Broken, Graph, Guards, agreement, linked
from keruen.measure._documents import (
    Documents,
    Labels,
    PairReader,
    Travel,
    collected,
    labelled,
    rows_of,
)

if TYPE_CHECKING:
    import pandas as pd

PLACEHOLDERS: Final = ("", "unknown", "none", "null", "na", "n a", "not known", "неизвестно")
DEFAULT_DATES: Final = ("1900-01-01", "1901-01-01", "1970-01-01", "9999-12-31")


@dataclass(frozen=True)
class LinkedRecords:
    """Records by person, and how the persons were found.

    Parameters
    ----------
    records : PersonRecords
        The records with ``person_id`` numbered by first appearance, the former identifier as
        ``document_id``, ``n_documents`` of the person, and ``link_confidence``: the share of
        usable keys that each document has in common with another of the person, at its
        lowest; 1 where there is one document.
    documents : int
        Documents seen.
    persons : int
        Persons they were joined to.
    broken : DataFrame
        Columns ``reason``, ``key``, ``groups``, ``documents``: keys dropped by the guards.

    See Also
    --------
    link_documents : Makes it.
    """

    records: PersonRecords
    documents: int
    persons: int
    broken: pd.DataFrame


def link_documents(
    records: PersonRecords,
    *,
    keys: Sequence[Sequence[str]],
    links: PersonRecords | None = None,
    max_documents: int = 12,
    birth_years: int = 0,
    travel_hours: float | None = None,
) -> LinkedRecords:
    """Records of documents, brought together by person.

    Parameters
    ----------
    records : PersonRecords
        Crossings with the document as ``person_id``, ``event_time``, and the columns of the
        keys; ``sex`` and ``birth_date`` guard against wrong links where they are given.
    keys : sequence of sequences of str
        Columns that together tell a person, the strongest key first: a national number;
        number and state of a document; name, date of birth, sex and citizenship.
    links : PersonRecords, optional
        Links from outside, such as a probabilistic match: ``person_id`` and ``other_id``.
    max_documents : int, optional
        Documents that one person may have.
    birth_years : int, optional
        Difference allowed between years of birth.
    travel_hours : float, optional
        Shortest time between arrivals at two checkpoints (``direction``, ``checkpoint``);
        not looked at when not given.

    Returns
    -------
    LinkedRecords

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), a key is empty or a setting out of range
        (``BadSetting``), or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    keruen.measure.linkage_errors.missed_links : How many links were not found.

    Notes
    -----
    Two documents belong to one person when they share any key, directly or through others.
    Texts are compared without case, accents and marks. A key with a part that is missing or
    stands for nothing (``unknown``, ``000000``, 1 January 1900 ...) does not count. A group
    with more than one sex, with years of birth too far apart, with too many documents, or in
    two places at once loses its weakest key, until it has no such fault. Only digests of keys
    are held in memory, some tens of bytes a document.

    Persons are numbered by their first crossing, so that records added later leave the
    numbers as they were, but where they show two persons to be one.

    Examples
    --------
    >>> from datetime import datetime
    >>> from keruen.sources.records import table_records
    >>> table = table_records(
    ...     person_id=["A1", "X9", "B2"],
    ...     event_time=[datetime(2024, 1, 1), datetime(2024, 2, 1), datetime(2024, 3, 1)],
    ...     name=["Aliya Bek", "ALIYA  BEK", "Dana Er"],
    ...     birth_date=["1990-05-01", "1990-05-01", "1991-01-02"],
    ... )
    >>> found = link_documents(table, keys=[("name", "birth_date")])
    >>> found.documents, found.persons
    (3, 2)
    """
    need_records_extra()
    _check(records, keys, max_documents, birth_years, travel_hours)
    documents = collected(records, keys, PLACEHOLDERS, DEFAULT_DATES)
    pairs = np.zeros((2, 0), dtype=np.int64) if links is None else _pairs(links, documents)
    graph = Graph(
        keys=documents.keys,
        used=documents.keys != 0,
        pairs=pairs,
        alive=np.ones(pairs.shape[1], dtype=bool),
        sex=documents.sex,
        birth=documents.birth,
    )
    guards = Guards(max_documents, birth_years)
    broken: list[Broken] = []
    torn = np.zeros(0, dtype=np.int64)
    while True:
        group, more = linked(graph, guards, torn)
        broken += more
        made = _relabelled(records, documents, graph, group)
        if travel_hours is None:
            break
        torn = _torn(made, documents, travel_hours)
        if not len(torn):
            break
    return LinkedRecords(made, len(group), int(group.max(initial=-1)) + 1, _table(broken, keys))


def _check(
    records: PersonRecords,
    keys: Sequence[Sequence[str]],
    max_documents: int,
    birth_years: int,
    travel_hours: float | None,
) -> None:
    wanted = ["person_id", "event_time", *(name for key in keys for name in key)]
    wanted += ["direction", "checkpoint"] if travel_hours is not None else []
    faults: list[WorkbenchError] = [
        SchemaError(f"no column '{name}'", where="records", remedy="add it", id="MissingColumn")
        for name in dict.fromkeys(wanted)
        if name not in records.schema.names
    ]
    good = bool(keys) and all(keys) and max_documents >= 1 and birth_years >= 0
    if not good or (travel_hours is not None and travel_hours <= 0):
        faults.append(
            SchemaError(
                "a setting is out of range",
                where="keys, max_documents, birth_years, travel_hours",
                remedy="give a key, 1 document or more, 0 years or more, hours above 0",
                id="BadSetting",
            )
        )
    raise_faults(faults)


def _pairs(links: PersonRecords, documents: Documents) -> NDArray[np.int64]:
    """Links from outside as positions of documents; those of documents not seen are left out."""
    found = rows_of(links.apply(PairReader(), PairReader.schema()), ("person_id", "other"))
    ends = [documents.position(column) for column in found]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    return np.stack(ends)[:, known]


def _relabelled(
    records: PersonRecords, documents: Documents, graph: Graph, group: NDArray[np.int64]
) -> PersonRecords:
    order = np.lexsort((documents.document, documents.first))
    _, first = np.unique(group[order], return_index=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(1, len(first) + 1)
    labels = Labels(
        document=documents.document,
        person=number[group],
        count=np.bincount(group)[group],
        confidence=agreement(graph, group),
    )
    return labelled(records, labels)


def _torn(records: PersonRecords, documents: Documents, hours: float) -> NDArray[np.int64]:
    """Documents of persons who arrive at two checkpoints faster than one can travel."""
    kernel = Travel(int(hours * 3_600_000_000))
    (digests,) = rows_of(
        records.apply(kernel, kernel.schema(), order=["event_time"]), ("person_id",)
    )
    return documents.position(np.unique(digests))


def _table(broken: Sequence[Broken], keys: Sequence[Sequence[str]]) -> pd.DataFrame:
    import pandas as pd

    names = [*(" + ".join(key) for key in keys), "links from outside"]
    rows = [(b.reason, names[b.key], b.groups, b.documents) for b in broken]
    table = pd.DataFrame(rows, columns=["reason", "key", "groups", "documents"])
    return table.groupby(["reason", "key"], as_index=False, sort=True).sum()
