# SPDX-License-Identifier: Apache-2.0
"""A run of placement: inputs checked, the best proposal, families' wishes, the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.errors import InfeasibleError
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_relaxation import find_obstacles
from keruen.decide.placement_tables import PlacementTables
from keruen.decide.resettle import Placement, place_families
from keruen.decide.wishes import exchange_by_wishes
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Count, Listing, Message, Percent, Verbatim, msg
from keruen.report.placement_inputs import PlacementCase, placement_case
from keruen.report.placement_regions import RegionKey
from keruen.sources.placement_files import read_placement

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlacementOptions:
    """How families are placed.

    Parameters
    ----------
    voluntary : bool
        Whether a family goes only where it wishes.
    gap : float
        Share of the value that may be missing to the proved best.
    seconds : float
        Time for the search.
    tolerance : float
        How far a region may be from the persons it should take, as a share.
    seed : int
        Of the lottery between families of equal score.
    region_key : {"population", "koenigstein", "eu2015"} or None
        Key by which persons are shared between regions.
    """

    voluntary: bool = False
    gap: float = 1e-3
    seconds: float = 120.0
    tolerance: float = 0.05
    seed: int = 1
    region_key: RegionKey | None = None


@dataclass(frozen=True)
class PlacementRun:
    """What was placed, and what it was placed from.

    Parameters
    ----------
    case : PlacementCase
        Needs, room, scores, wishes, names.
    proposal, placement : Placement
        The best by score, and after families' wishes; the same without wishes.
    obstacles : DataFrame
        What cannot work whatever is decided.
    check : DataFrame
        Every promise, computed again by the checker.
    unlimited : float or None
        Value without region shares and floors of groups, where there are any.
    options : PlacementOptions
        How it was placed.
    inputs : tuple of mapping
        File and digest of every input.
    practice : bool
        Whether the tables say that they are made up.
    warnings : tuple of Message
        What was taken for granted or refused.
    """

    case: PlacementCase
    proposal: Placement
    placement: Placement
    obstacles: pd.DataFrame
    check: pd.DataFrame
    unlimited: float | None
    options: PlacementOptions
    inputs: tuple[Mapping[str, str], ...]
    practice: bool
    warnings: tuple[Message, ...]

    @property
    def tables(self) -> PlacementTables:
        """Families, localities, scores and limits."""
        return self.case.tables

    @property
    def waiting(self) -> int:
        """Families without a place."""
        return int((self.placement.assignment.to_numpy() == "").sum())

    @property
    def summary(self) -> tuple[Message, ...]:
        """The run in a few sentences."""
        said = self.placement.certificate
        count = self.placement.assignment.size
        score = self.placement.explain["score"].sum()
        lines = [
            msg(
                "{placed} of {families} families have a place; {waiting} wait.",
                placed=Count(count - self.waiting),
                families=Count(count),
                waiting=Count(self.waiting),
            ),
            msg(
                "Expected members in work: {score}. The proposal is proved to be within {gap} of "
                "the best possible.",
                score=Count(float(score), 1),
                gap=Percent(100 * float(self.proposal.certificate["gap"]), 2),
            ),
        ]
        if self.case.wishes is not None:
            lines.append(self._wishes())
        if self.unlimited:
            lost = 100 * (self.unlimited - float(self.proposal.certificate["value"]))
            lines.append(
                msg(
                    "Region shares and floors of groups cost {lost} of the score.",
                    lost=Percent(max(lost / self.unlimited, 0.0), 2),
                )
            )
        ended = self.proposal.certificate["ended"]
        if ended == "optimal" and self.proposal.certificate["gap"] > self.options.gap:
            lines.append(
                msg(
                    "A solver searched all placements and found none better; the bound, which "
                    "anybody can check without one, is wider because families stay whole."
                )
            )
        if ended == "no_gain":
            lines.append(
                msg(
                    "The search ended when nothing more was gained: the best so far, with its "
                    "bound."
                )
            )
        if "time_limit" in (ended, said["ended"]):
            lines.append(
                msg("The search ended at the time limit: the best so far, with its bound.")
            )
        return tuple(lines)

    def _wishes(self) -> Message:
        moved = (self.placement.assignment.values != self.proposal.assignment.values).sum()
        lost = 1 - self.placement.certificate["value"] / self.proposal.certificate["value"]
        return msg(
            "By their wishes {moved} families are elsewhere than the scores alone would have it, "
            "at {lost} of the score; none is at a place it likes less.",
            moved=Count(int(moved)),
            lost=Percent(100 * float(lost), 1),
        )


def run_placement(
    *books: Path, options: PlacementOptions | None = None, step: Step = quiet, **named: Path | None
) -> PlacementRun:
    """Read, check, place, exchange by wishes, and check again.

    Parameters
    ----------
    *books : Path
        Workbooks or folders with the tables of a placement.
    options : PlacementOptions, optional
        How families are placed.
    step : callable, optional
        Called with the share done and what is being done.
    **named : Path or None
        Single tables by their names, as of
        :func:`keruen.sources.placement_files.read_placement`.

    Returns
    -------
    PlacementRun

    Raises
    ------
    FaultsError
        The tables have faults; all at once, before anything is solved.
    InfeasibleError
        No placement keeps all limits; the smallest change that would help is said.

    See Also
    --------
    keruen.report.placement_release.write_placement : Writes it to a folder.

    Examples
    --------
    >>> import tempfile
    >>> folder, newline = Path(tempfile.mkdtemp()), chr(10)
    >>> _ = (folder / "families.csv").write_text(
    ...     newline.join(["family,persons,workers", "f1,3,2", "f2,2,1"]))
    >>> _ = (folder / "localities.csv").write_text(
    ...     newline.join(["locality,persons,work_chance", "Abay,3,60", "Ereymen,9,40"]))
    >>> run = run_placement(folder)
    >>> run.placement.assignment.values.tolist(), bool(run.check["holds"].all())
    (['Abay', 'Ereymen'], True)
    """
    chosen = options or PlacementOptions()
    step(0.0, "tables")
    files = read_placement(*books, **named)
    case = placement_case(
        files,
        voluntary=chosen.voluntary,
        tolerance=chosen.tolerance,
        seed=chosen.seed,
        key=chosen.region_key,
    )
    step(0.15, "obstacles")
    obstacles = find_obstacles(case.tables)
    step(0.2, "places")
    proposal = solved(case.tables, chosen, obstacles)
    placement = proposal
    refused: tuple[str, ...] = ()
    if case.wishes is not None:
        step(0.7, "wishes")
        exchange = exchange_by_wishes(proposal, case.wishes, seed=chosen.seed)
        placement, refused = exchange.placement, exchange.refused
    step(0.8, "check")
    check = check_placement(
        case.tables,
        placement.assignment,
        prices=placement.prices,
        certificate=placement.certificate,
        jobs=placement.jobs,
        job_prices=placement.job_prices,
    )
    return PlacementRun(
        case,
        proposal,
        placement,
        obstacles,
        check,
        _unlimited(case.tables, chosen),
        chosen,
        tuple({"file": name, "sha256": digest} for name, digest in files.files.items()),
        files.practice,
        (*case.warnings, *_told(files.unread, refused)),
    )


def solved(
    tables: PlacementTables, options: PlacementOptions, obstacles: pd.DataFrame | None = None
) -> Placement:
    """The best placement by score; where there is none, the obstacles are said beside it."""
    limits = {each.name: getattr(tables, each.name) for each in fields(tables)[3:]}
    try:
        return place_families(
            tables.families,
            tables.localities,
            tables.score,
            gap=options.gap,
            time_limit=options.seconds,
            **limits,
        )
    except InfeasibleError as fault:
        if obstacles is None or obstacles.empty:
            raise
        rows = obstacles[["kind", "who", "where", "change"]].head(5).itertuples(index=False)
        told = "; ".join(" ".join(part for part in row if part) for row in rows)
        raise InfeasibleError(
            fault.what, where=fault.where, remedy=f"{fault.remedy}; also {told}", id=fault.id
        ) from fault


def _unlimited(tables: PlacementTables, options: PlacementOptions) -> float | None:
    if tables.region_share is None and tables.group_floor is None:
        return None
    free = replace(tables, region_share=None, group_floor=None)
    return float(solved(free, options).certificate["value"])


def _told(unread: tuple[str, ...], refused: tuple[str, ...]) -> list[Message]:
    told = [msg("Not read: {heading}", heading=Verbatim(heading)) for heading in unread]
    if refused:
        broken = Listing(tuple(Verbatim(each) for each in refused))
        told.append(
            msg(
                "The exchange by wishes would break limits ({limits}): the proposal stands.",
                limits=broken,
            )
        )
    return told


def changed_room(run: PlacementRun, locality: str, units: Mapping[str, int]) -> xr.DataArray:
    """Places of all families if a locality had some more units: everything solved again.

    Parameters
    ----------
    run : PlacementRun
        The run as it was.
    locality : str
        Where room is added.
    units : mapping of str to int
        Units added by service.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.
    """
    room = run.tables.localities.copy()
    for service, more in units.items():
        room.loc[{"locality": locality, "service": service}] += more
    tables = replace(run.tables, localities=room)
    # as near as the run itself: a wider gap would move families for no reason
    again = solved(tables, run.options)
    if run.case.wishes is not None:
        again = exchange_by_wishes(again, run.case.wishes, seed=run.options.seed).placement
    return again.assignment


def wish_ranks(run: PlacementRun) -> np.ndarray:
    """Rank of each family's place among its wishes; 0 where it has none or waits.

    Parameters
    ----------
    run : PlacementRun
        The run.

    Returns
    -------
    ndarray of int [family]
    """
    places = run.placement.assignment.to_numpy()
    if run.case.wishes is None:
        return np.zeros(len(places), dtype=int)
    at = run.tables.localities.indexes["locality"].get_indexer(places)
    ranks = run.case.wishes.to_numpy()[np.arange(len(places)), at]
    return np.where(at >= 0, np.nan_to_num(ranks), 0).astype(int)
