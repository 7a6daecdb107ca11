# SPDX-License-Identifier: Apache-2.0
"""Faults of the tables of a placement beside each other, each with its sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.sources._words import meaning
from keruen.sources.faults import FaultList, letter
from keruen.sources.placement_members import member_faults
from keruen.sources.schemas import schema

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.files import Check

SERVICES: Final = (
    "housing",
    "persons",
    "kindergarten",
    "school_1_4",
    "school_5_9",
    "school_10_11",
    "jobs",
)
"""What localities have and families take, in whole units."""

_NEAR: Final = 20
_ANY: Final = frozenset(map(plain, ("", "any", "любой", "кез келген")))
_LOOSE: Final = (
    *("score", "cost", "work_chance", "budget", "floor", "chance", "chance_left"),
    *("revenue", "product", "applications", "unemployment"),
)
_MAY_BE_EMPTY: Final = ("budget", "persons_target", "cost", "work_chance")


@dataclass(frozen=True)
class Checked:
    """A table that was read, with the places of its cells."""

    check: Check
    file: str

    @property
    def table(self) -> pd.DataFrame:
        """The rows that were read."""
        import pandas as pd

        found = self.check.table
        return pd.DataFrame() if found is None else found

    @property
    def unread(self) -> list[str]:
        """Headings that were passed over."""
        changes = self.check.changes
        some = changes[changes["reason"] == "unread"] if len(changes) else changes
        return [f"{self.file}: {heading}" for heading in some.get("before", [])]

    def rows(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the file of some rows of the table."""
        made = self.check.assembled
        if made is None:
            return at
        rows = np.sort(made.entries.rows[made.keep], kind="stable")
        return np.asarray(rows[at])

    def column(self, name: str) -> int:
        """Column of the sheet that a key or figure stands in."""
        made = self.check.assembled
        if made is None:
            return -1
        if name in made.entries.keys:
            places = made.entries.keys[name].cells.places
        else:
            places = made.entries.places.get(name, np.array([-1]))
        return int(places.flat[0]) if places.size else -1

    def faults(self) -> FaultList:
        """A list for faults of this sheet."""
        return FaultList(self.file, self.check.sheet)


def cross_faults(checked: Mapping[str, Checked]) -> Iterator[pd.DataFrame]:
    """Everything that is wrong between the tables, and with figures in sum.

    Parameters
    ----------
    checked : mapping of str to Checked
        Tables by the names of ``PLACEMENT_PARTS``; families and localities among them.

    Yields
    ------
    DataFrame
        Faults of one table, as of :func:`keruen.sources.files.check_table`.
    """
    for name, one in checked.items():
        if not len(one.table):
            continue
        found = one.faults()
        _figures(one, found)
        _once(name, one, found)
        _known(name, checked, found)
        yield found.table()
    if len(checked["families"].table):
        yield from (_families(checked), _scores(checked), *member_faults(checked))
    if len(checked["localities"].table):
        yield _localities(checked["localities"])


def _figures(one: Checked, found: FaultList) -> None:
    """Units are whole; a figure is there, except where none may be."""
    for column in one.check.schema.values:
        if column.name not in one.table:
            continue
        values = one.table[column.name].to_numpy(dtype=float)
        if column.name not in _MAY_BE_EMPTY:
            empty = np.isnan(values) & ~_unreadable(one, column.name)
            _add(one, found, "EmptyFigure", empty, column.name)
        if column.name not in _LOOSE:
            parts = np.isfinite(values) & (values != np.floor(values))
            _add(one, found, "NotWholeUnits", parts, column.name)


def _unreadable(one: Checked, name: str) -> np.ndarray:
    """Rows whose cell is told as a fault already: a second one would only hide the first."""
    faults = one.check.faults
    told = faults.loc[faults["column"] == letter(max(one.column(name), 0)), "row"].dropna()
    return np.isin(one.rows(np.arange(len(one.table))), told.to_numpy(dtype=np.int64))


def _add(one: Checked, found: FaultList, id: str, wrong: np.ndarray, name: str) -> None:
    (at,) = np.nonzero(wrong)
    if not len(at):
        return
    values = one.table[name].to_numpy()[at]
    found.add(id, rows=one.rows(at), columns=one.column(name), values=values)


_KEYS: Final = {"families": "family", "localities": "locality", "regions": "region"}


def _once(name: str, one: Checked, found: FaultList) -> None:
    """A family or locality stands in one row, whatever stands beside it."""
    key = _KEYS.get(name)
    if key is None:
        return
    others = [each.name for each in one.check.schema.keys if each.name in one.table]
    again = one.table.duplicated(key, keep=False) & ~one.table.duplicated(others, keep=False)
    (at,) = np.nonzero(again.to_numpy())
    if len(at):
        wanted = (one.check.schema.column(key),)
        rows = one.rows(at)
        found.add("DuplicateKey", rows=rows, columns=one.column(key), wanted=wanted)


def _known(name: str, checked: Mapping[str, Checked], found: FaultList) -> None:
    """Families, localities, regions and groups that other tables name are those of theirs."""
    if name == "past":  # other years had other localities
        return
    one = checked[name]
    homes = {
        "family": "families",
        "other_family": "families",
        "locality": "localities",
        "region": "localities",
        "group": "families",
    }
    if name == "chances":
        homes["occupation"] = "jobs"
    for key, home in homes.items():
        held = {"other_family": "family"}.get(key, key)
        if key not in one.table or name == home or held not in checked[home].table:
            continue
        labels = one.table[key].astype(str)
        known = dict.fromkeys(checked[home].table[held].astype(str))
        # an empty label is told as such when the table is read
        (at,) = np.nonzero(((labels != "") & ~labels.isin(list(known))).to_numpy())
        values = labels.to_numpy()[at]
        near = {text: _near(text, list(known)) for text in list(dict.fromkeys(values))[:_NEAR]}
        if len(at):
            found.add_facts(
                "NotInTable",
                {"column": schema(f"placement_{home}").column(held), "table": home},
                rows=one.rows(at),
                columns=one.column(key),
                values=values,
                each=[{"value": text, "near": near.get(text, ())} for text in values],
            )


def _near(text: str, known: list[str]) -> tuple[str, ...]:
    return tuple(get_close_matches(text, known, n=2, cutoff=0.75))


def region_meant(text: str) -> str:
    """Code of a region that a family must be in, as written where it is none, empty for any.

    Parameters
    ----------
    text : str
        Content of the cell.

    Returns
    -------
    str

    Examples
    --------
    >>> region_meant("Акмолинская область"), region_meant("любой"), region_meant("North")
    ('KZ-11', '', 'North')
    """
    if plain(text) in _ANY:
        return ""
    found = meaning("place", text)
    return str(found.code) if found.state == "code" else text


def _families(checked: Mapping[str, Checked]) -> pd.DataFrame:
    one = checked["families"]
    found = one.faults()
    if "must_region" in one.table:
        places = checked["localities"].table
        known = {"", *places.get("region", [])}
        meant = {text: region_meant(text) for text in set(one.table["must_region"].astype(str))}
        wrong = ~one.table["must_region"].astype(str).map(meant).isin(known).to_numpy()
        (at,) = np.nonzero(wrong)
        if len(at):
            facts = {"column": schema("placement_localities").column("region")}
            found.add_facts(
                "NotInTable",
                {**facts, "table": "localities"},
                rows=one.rows(at),
                columns=one.column("must_region"),
                values=one.table["must_region"].to_numpy()[at],
            )
    if "workers" in one.table:
        more = (one.table["workers"] > one.table["persons"]).to_numpy()
        _add(one, found, "MoreWorkers", more, "workers")
    return found.table()


def _scores(checked: Mapping[str, Checked]) -> pd.DataFrame:
    """No score is above the members who can work."""
    families = checked["families"].table.drop_duplicates("family").set_index("family")
    one = checked.get("scores")
    if one is None or not len(one.table) or "workers" not in families:
        return checked["families"].faults().table()
    found = one.faults()
    most = one.table["family"].map(families["workers"]).to_numpy(dtype=float)
    score = one.table["score"].to_numpy(dtype=float)
    (at,) = np.nonzero(score > most + 1e-9)
    if len(at):
        found.add_facts(
            "ScoreTooHigh",
            {},
            rows=one.rows(at),
            columns=one.column("score"),
            values=score[at],
            each=[
                {"value": f"{has:g}", "workers": float(may)}
                for has, may in zip(score[at], most[at], strict=True)
            ],
        )
    return found.table()


def _localities(one: Checked) -> pd.DataFrame:
    """No more places are taken than there are."""
    found = one.faults()
    for service in SERVICES:
        name = f"placed_{service}"
        if name not in one.table or service not in one.table:
            continue
        taken, room = one.table[name].to_numpy(), one.table[service].to_numpy()
        (at,) = np.nonzero(taken > room)
        if len(at):
            found.add_facts(
                "PlacedAboveCapacity",
                {},
                rows=one.rows(at),
                columns=one.column(name),
                values=taken[at],
                each=[
                    {"taken": float(more), "capacity": float(less)}
                    for more, less in zip(taken[at], room[at], strict=True)
                ],
            )
    return found.table()
