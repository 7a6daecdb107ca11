# SPDX-License-Identifier: Apache-2.0
"""Members of families beside the other tables: how many, what they can do, who takes jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core._lists import plain
from keruen.sources._words import meaning
from keruen.sources.schemas import schema

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.placement_checks import Checked

_NOTHING: Final = ("", "none", "no", "нет", "жоқ")


def member_faults(checked: Mapping[str, Checked]) -> Iterator[pd.DataFrame]:
    """Everything that is wrong with members beside families and jobs.

    Parameters
    ----------
    checked : mapping of str to Checked
        Tables by the names of ``PLACEMENT_PARTS``; families among them.

    Yields
    ------
    DataFrame
        Faults of one table.
    """
    yield from (_sizes(checked), _occupations(checked), _persons(checked))


def _sizes(checked: Mapping[str, Checked]) -> pd.DataFrame:
    """The number of members of each family is what the families say."""
    one = checked["families"]
    found = one.faults()
    if "members" in checked and len(checked["members"].table):
        held = checked["members"].table["family"].value_counts()
        count = one.table["family"].map(held).fillna(0).to_numpy()
        persons = one.table["persons"].to_numpy()
        (at,) = np.nonzero(np.isfinite(persons) & (count != persons))
        if len(at):
            found.add_facts(
                "MembersDisagree",
                {},
                rows=one.rows(at),
                columns=one.column("persons"),
                values=persons[at],
                each=[
                    {"persons": float(said), "members": float(there)}
                    for said, there in zip(persons[at], count[at], strict=True)
                ],
            )
    return found.table()


def occupation_meant(text: str) -> str | None:
    """Code of an occupation, empty for none, and nothing where the text is no occupation.

    Parameters
    ----------
    text : str
        Content of the cell.

    Returns
    -------
    str or None

    Examples
    --------
    >>> occupation_meant("7212"), occupation_meant("none"), occupation_meant("wizard")
    ('7212', '', None)
    """
    if plain(text) in _NOTHING:
        return ""
    found = meaning("isco08", text)
    return str(found.code) if found.state == "code" else None


def _occupations(checked: Mapping[str, Checked]) -> pd.DataFrame:
    """Occupations of members are those of the classification, or none."""
    one = checked.get("members")
    if one is None or "occupation" not in one.table:
        return checked["families"].faults().table()
    found = one.faults()
    texts = one.table["occupation"].astype(str)
    meant = {text: occupation_meant(text) for text in set(texts)}
    (at,) = np.nonzero(texts.map(lambda text: meant[text] is None).to_numpy(dtype=bool))
    if len(at):
        found.add_facts(
            "UnknownCode",
            {"near": (), "list": "ISCO-08"},
            rows=one.rows(at),
            columns=one.column("occupation"),
            values=texts.to_numpy()[at],
        )
    return found.table()


def _persons(checked: Mapping[str, Checked]) -> pd.DataFrame:
    """Persons who may take a job are members of their families, where members are given."""
    one, members = checked.get("chances"), checked.get("members")
    if one is None or members is None or not len(one.table) or not len(members.table):
        return checked["families"].faults().table()
    found = one.faults()
    keys = ["family", "person"]
    known = set(members.table[keys].itertuples(index=False, name=None))
    rows = one.table[keys].itertuples(index=False, name=None)
    (at,) = np.nonzero([row not in known for row in rows])
    if len(at):
        found.add_facts(
            "NotInTable",
            {"column": schema("placement_members").column("person"), "table": "members"},
            rows=one.rows(at),
            columns=one.column("person"),
            values=one.table["person"].to_numpy()[at],
        )
    return found.table()
