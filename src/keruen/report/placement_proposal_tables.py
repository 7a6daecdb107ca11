# SPDX-License-Identifier: Apache-2.0
"""Tables of a proposal: regions, districts, services, decisions, groups, those who wait."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from keruen.core.codes import all_regions
from keruen.report._geography import load_geography
from keruen.report.document import Column, Exhibit, Figure, Row, Status, Table
from keruen.report.locale import Locale, Message, Region, Value, Verbatim, msg
from keruen.report.maps import choropleth, map_credit
from keruen.report.placement_pictures import PRACTICE
from keruen.report.placement_proposal import DECIDED, Proposal
from keruen.report.placement_proposal_counts import SMALLEST, shown_counts
from keruen.report.placement_words import FLAGS, MEASURES, OUTCOMES, SERVICE_WORDS

WORKBOOK: Final = "placement.workbook"
"""Name of the office's tables, as a source."""

LAW: Final = "office.quota"
"""Name of the order that sets the quota, as a source."""

HIDDEN: Final = msg("hidden")
"""What stands for a count that is not published."""

REASONS: Final[Mapping[str, Message]] = {
    **OUTCOMES,
    DECIDED: msg("waits: decided by an officer"),
}
"""Why a family waits."""

_GROUP_WORDS: Final[Mapping[str, Message]] = {
    "kandas": msg("kandas"),
    "resettler": msg("internal resettlers"),
}
"""Groups of families that a workbook names by code; others stand as they are named."""
_GEOGRAPHY: Final = "KAZ-2024"
_WHOLE: Final = True

Cell = Figure | Value
"""A figure, or the word that stands for a hidden one."""


def counted(
    key: str, value: float, unit: str = "families", *, shown: bool, status: Status = "observed",
    decimals: int = 0,
) -> Cell:  # fmt: skip
    """A figure of the proposal, or the word that it is hidden."""
    if not shown:
        return HIDDEN
    return Figure(key, float(value), unit, "", (WORKBOOK,), status, decimals)


def region_name(code: str) -> Value:
    """A region in the reader's language; codes that nobody knows as they are."""
    return Region(code) if code in all_regions() else Verbatim(code or "—")


def public_note() -> Message:
    """What is hidden in the public version, and why."""
    return msg(
        "Counts of fewer than {smallest} families are hidden, and further ones from which they "
        "could be worked out; persons and room are hidden with them.",
        smallest=str(SMALLEST),
    )


def region_exhibit(proposal: Proposal, *, full: bool) -> Exhibit:
    """Families, persons and room by region, with those who wait; and the map."""
    shown = proposal.shown
    rooms = _room(proposal)
    sums = proposal.placed.groupby("region")["persons"]
    families, persons = sums.size().to_dict(), sums.sum().to_dict()
    seen = {one: full or shown.branches.get(one, True) for one in rooms}
    rows = [
        Row(
            region or "none",
            region_name(region),
            _cells(
                f"regions.{region or 'none'}",
                families.get(region, 0),
                persons.get(region, 0),
                room,
                shown=seen[region],
            ),
        )
        for region, room in rooms.items()
    ]
    everybody, there = proposal.families, proposal.placed
    known, waiting = full or shown.whole, full or proposal.waiting.whole
    rows.append(
        Row(
            "placed",
            msg("With a place"),
            _cells(
                "regions.placed",
                len(there),
                there["persons"].sum(),
                sum(rooms.values()),
                shown=known,
            ),
        )
    )
    left = len(everybody) - len(there)
    people = int(everybody["persons"].sum() - there["persons"].sum())
    rows.append(
        Row("waiting", msg("Wait"), _cells("regions.waiting", left, people, None, shown=waiting))
    )
    rows.append(
        Row(
            "all",
            msg("All families"),
            _cells(
                "regions.all",
                len(everybody),
                everybody["persons"].sum(),
                None,
                shown=known and waiting,
            ),
        )
    )
    title = msg("Families proposed by region")
    drawn = {one: float(persons.get(one, 0)) if seen[one] else None for one in rooms}
    areas = load_geography(_GEOGRAPHY).names
    draw = partial(_map, proposal, drawn) if set(drawn) <= set(areas) else None
    notes = () if full else (public_note(),)
    return Exhibit(Table("regions", msg("Region"), _COLUMNS, tuple(rows)), title, draw, notes)


_COLUMNS: Final = (
    Column("families", msg("Families"), "families"),
    Column("persons", msg("Persons"), "persons"),
    Column("room", msg("Room for persons"), "persons"),
    Column("left", msg("Room left"), "persons"),
)


def _cells(
    key: str, families: float, persons: float, room: int | None, *, shown: bool
) -> tuple[Cell | None, ...]:
    left = None if room is None else counted(f"{key}.left", room - persons, "persons", shown=shown)
    return (
        counted(f"{key}.families", families, shown=shown),
        counted(f"{key}.persons", persons, "persons", shown=shown),
        None if room is None else counted(f"{key}.room", room, "persons", shown=_WHOLE),
        left,
    )


def _room(proposal: Proposal) -> dict[str, int]:
    """Room for persons by region, in the order of the localities."""
    tables = proposal.tables
    found: dict[str, int] = {}
    room = tables.localities.sel(service=tables.persons).to_numpy()
    for region, more in zip(tables.regions, room, strict=True):
        found[region] = found.get(region, 0) + int(more)
    return found


def _map(proposal: Proposal, values: Mapping[str, float | None], locale: Locale) -> str:
    title = msg("Persons proposed by region").render(locale)
    if proposal.practice:
        title = f"{title} · {PRACTICE.render(locale)}"
    return choropleth(
        dict(values),
        title=title,
        unit=msg("persons").render(locale),
        geography=_GEOGRAPHY,
        labels={code: Region(code).render(locale) for code in values},
        number=locale.number,
        no_data=msg("nobody, or hidden").render(locale),
        note=map_credit(_GEOGRAPHY),
    )


def locality_exhibit(proposal: Proposal, *, full: bool) -> Exhibit:
    """Families, persons and room by locality where somebody is proposed."""
    tables, shown = proposal.tables, proposal.shown
    room = tables.localities.sel(service=tables.persons).to_series().astype(int)
    sums = proposal.placed.groupby(["region", "locality"], sort=False).agg(
        families=("family", "size"), n=("persons", "sum")
    )
    each = sums.reset_index().itertuples(index=False, name=None)
    rows = tuple(
        Row(
            locality, proposal.names[locality],
            (region_name(region),
             *_cells(f"localities.{locality}", families, persons, int(room[locality]),
                     shown=full or shown.leaves[region, locality])),
        )
        for region, locality, families, persons in sorted(each)
    )  # fmt: skip
    columns = (Column("region", msg("Region")), *_COLUMNS)
    notes = () if full else (public_note(),)
    return Exhibit(
        Table("localities", msg("Locality"), columns, rows),
        msg("Families proposed by locality"),
        None,
        notes,
    )


def service_exhibit(proposal: Proposal) -> Exhibit:
    """Room of all localities by service: what there was, what is used, what is left."""
    tables, placed = proposal.tables, proposal.placed
    rows = []
    for service in map(str, tables.families["service"].to_numpy()):
        room = int(tables.localities.sel(service=service).sum())
        used = int(tables.families.sel(service=service, family=placed["family"].to_numpy()).sum())
        cells = tuple(
            counted(f"services.{service}.{name}", value, "number", shown=True)
            for name, value in (("room", room), ("used", used), ("left", room - used))
        )
        rows.append(Row(service, SERVICE_WORDS.get(service, Verbatim(service)), cells))
    columns = (
        Column("room", msg("Room"), "number"), Column("used", msg("Used"), "number"),
        Column("left", msg("Room left"), "number"),
    )  # fmt: skip
    return Exhibit(
        Table("services", msg("Service"), columns, tuple(rows)),
        msg("What the proposal uses of each service"),
    )


def waiting_exhibit(proposal: Proposal, *, full: bool) -> Exhibit | None:
    """Families that wait by reason; none where nobody waits."""
    waits = proposal.families[proposal.families["locality"] == ""]
    if waits.empty:
        return None
    rows = tuple(
        Row(reason, REASONS[reason],
            (counted(f"waiting.{reason}", int((waits["outcome"] == reason).sum()),
                     shown=full or proposal.waiting.branches[reason]),))
        for reason in REASONS if (waits["outcome"] == reason).any()
    )  # fmt: skip
    columns = (Column("families", msg("Families"), "families"),)
    notes = () if full else (public_note(),)
    return Exhibit(
        Table("waiting", msg("Reason"), columns, rows),
        msg("Families that wait, by reason"),
        None,
        notes,
    )


def decision_exhibit(proposal: Proposal, *, full: bool) -> Exhibit:
    """Families by what was decided on them."""
    words = {
        "confirmed": msg("confirmed as proposed"),
        "overridden": msg("another place decided, with a reason"),
        "proposal": msg("not decided"),
    }
    everybody = proposal.families if full else proposal.placed
    found = everybody["decision_mode"].value_counts()
    counts = {name: int(found.get(name, 0)) for name in words}
    shown = _alone(counts, whole=proposal.shown.whole)
    rows = tuple(
        Row(
            name,
            word,
            (counted(f"decisions.{name}", counts[name], shown=full or shown[name]),),
        )
        for name, word in words.items()
        if counts[name] or name != "proposal"
    )
    columns = (Column("families", msg("Families"), "families"),)
    notes = () if full else (public_note(),)
    title = msg("What officers decided") if full else msg("Decisions on families with a place")
    return Exhibit(Table("decisions", msg("Decision"), columns, rows), title, None, notes)


def _alone(counts: Mapping[str, int], *, whole: bool) -> dict[str, bool]:
    """Which counts of a table of its own may be shown; none where the total may not."""
    shown = shown_counts({name: {name: count} for name, count in counts.items()})
    return {name: whole and may for name, may in shown.branches.items()}


def group_exhibit(proposal: Proposal, *, full: bool) -> Exhibit | None:
    """Groups of families beside the best one, as the run found them; none without groups."""
    groups = proposal.groups
    if groups.empty:
        return None
    sizes = {str(k): int(n) for k, n in groups.groupby("group")["families"].first().items()}
    seen = _alone(sizes, whole=proposal.shown.whole)
    known = proposal.waiting.whole  # groups add to all families, and so to those who wait
    rows = tuple(
        _group_row(one, seen[str(one["group"])], known, full) for one in groups.to_dict("records")
    )
    columns = (
        Column("measure", msg("Measure")),
        Column("families", msg("Families"), "families"),
        Column("value", msg("Value"), "number"),
        Column("ratio", msg("Ratio to the best group"), "ratio"),
        Column("verdict", msg("Verdict")),
    )
    note = msg("As proposed by the computation, before the decisions of officers.")
    return Exhibit(
        Table("groups", msg("Group"), columns, rows),
        msg("How groups of families fare"),
        None,
        (note,),
    )


def _group_row(one: Mapping[object, object], seen: bool, known: bool, full: bool) -> Row:  # noqa: FBT001
    """A share of families with a place tells how many wait: in public a verdict alone."""
    group, measure = str(one["group"]), str(one["measure"])
    told = full or (seen and measure not in {"share_placed", "wish_rank"})
    key = f"groups.{group}.{measure}"
    return Row(
        f"{group}.{measure}",
        _GROUP_WORDS.get(group, Verbatim(group)),
        (
            MEASURES[measure],
            counted(f"{key}.families", _float(one["families"]), shown=full or (seen and known)),
            counted(
                f"{key}.value",
                _float(one["value"]),
                "number",
                shown=told,
                status="estimate",
                decimals=2,
            ),
            _ratio(key, one) if told else HIDDEN,
            FLAGS[str(one["flag"])] if full or seen else HIDDEN,
        ),
    )


def _ratio(key: str, one: Mapping[object, object]) -> Figure:
    low, high = _float(one["ratio_low"]), _float(one["ratio_high"])
    known = low == low and high == high  # noqa: PLR0124 - a missing bound is not itself
    return Figure(
        f"{key}.ratio", _float(one["ratio"]), "ratio", "", (WORKBOOK,), "estimate", 2,
        lower=low if known else None, upper=high if known else None, level=95 if known else 0,
    )  # fmt: skip


def _float(value: object) -> float:
    return float(str(value))
