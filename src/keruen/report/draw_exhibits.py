# SPDX-License-Identifier: Apache-2.0
"""Exhibits of simulated rounds: how long who waits, chances, groups, and the account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.decide.points.draws_policy import segment_group
from keruen.report.charts import line_chart
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Status, Table
from keruen.report.draw_protected import shown_groups
from keruen.report.draw_run import DrawRun
from keruen.report.locale import Count, Locale, Message, Verbatim, msg

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

POOL: Final = "points.pool"
"""Name of the tables given, as a source."""

PROBS: Final = (0.1, 0.5, 0.9)
LEVEL: Final = 80
"""Ends and middle of the intervals shown, and their level in percent."""

_HORIZONS: Final = 4


def figure(
    key: str,
    value: float,
    unit: str,
    *,
    ends: tuple[float, float] | None = None,
    status: Status = "projection",
    decimals: int = 0,
) -> Figure:
    """A figure of the run, an interval of 80 per cent beside it where there is one."""
    known = ends is not None and bool(np.isfinite(ends).all())
    low, high = ends if ends is not None and known else (None, None)
    return Figure(
        key, value, unit, "", (POOL,), status, decimals,
        lower=low, upper=high, level=LEVEL if known else 0,
    )  # fmt: skip


def practice(run: DrawRun, locale: Locale) -> str:
    """What stands beneath a picture of made-up figures."""
    made_up = msg("PRACTICE: the figures are made up.")
    return made_up.render(locale) if run.files.practice else ""


def waiting_section(run: DrawRun) -> Section:
    """Weeks waited and what became of people, by class of scores."""
    table = run.paths.waiting(PROBS)
    told = table[table["invitations"] >= max(run.least, 1)].reset_index(drop=True)
    shares = {
        "accepted": msg("Invited and accepted"),
        "expired": msg("Expired"),
        "withdrawn": msg("Withdrew"),
        "left": msg("Still waiting"),
    }
    columns = (
        Column("invitations", msg("Invitations in a future"), "persons"),
        Column("weeks_50", msg("Waited, median"), "weeks"),
        Column("weeks_10", msg("Lower limit"), "weeks"),
        Column("weeks_90", msg("Upper limit"), "weeks"),
        *(Column(name, label, "percent") for name, label in shares.items()),
    )
    rows = tuple(
        Row(
            f"{row['score']:g}",
            Verbatim(f"{row['score']:g}\u2060–\u2060{row['score'] + 9:g}"),
            tuple(
                figure(
                    f"waiting.{row['score']:g}.{column.key}",
                    float(row[column.key]) * (100 if column.unit == "percent" else 1),
                    column.unit,
                )
                for column in columns
            ),
        )
        for _, row in told.iterrows()
    )
    title = msg("Weeks from submission to invitation, by points")
    notes = (
        msg(
            "Weeks of those who were invited within the {weeks} weeks. Shares are of all who were "
            "in the pool at any time; those who came late have had less time.",
            weeks=Count(run.paths.flows.sizes["week"]),
        ),
    )
    exhibit = Exhibit(
        Table("waiting", msg("Points"), columns, rows),
        title,
        partial(_waiting_picture, run, told, title) if len(told) > 1 else None,
        notes,
    )
    gaps = () if len(told) else (msg("Nobody is invited in these weeks."),)
    return Section("waiting", msg("Waiting time"), (), (exhibit,) if len(told) else (), gaps)


def _waiting_picture(run: DrawRun, table: pd.DataFrame, title: Message, locale: Locale) -> str:
    return line_chart(
        table, x="score", y="weeks_50", bands={f"{LEVEL} %": ("weeks_10", "weeks_90")},
        title=title.render(locale), lang=locale.lang, from_zero=True,
        unit=msg("weeks, by points (lower end of ten)").render(locale),
        note=practice(run, locale),
    )  # fmt: skip


def chances_section(run: DrawRun) -> Section:
    """Chance of being invited by some rounds, by points."""
    general = [place for place, one in enumerate(run.paths.rounds) if not one.category]
    if not general:
        gap = msg("Chances by points are given for rounds open to all; there is none.")
        return Section("chances", msg("Chance of an invitation"), gaps=(gap,))
    cut = run.paths.cutoff.isel(round=general)
    if not bool(cut.notnull().any()):
        gap = msg("Nobody is invited in these weeks.")
        return Section("chances", msg("Chance of an invitation"), gaps=(gap,))
    low = np.floor(float(cut.min()) / 10) * 10 - 10
    scores = np.arange(max(low, 0), float(cut.max()) + 11, 5)
    picks = sorted({general[int(at)] for at in np.linspace(0, len(general) - 1, _HORIZONS)})
    chance = run.paths.chance(scores.tolist()).isel(round=picks)
    columns = tuple(
        Column(f"round_{at + 1}", msg("by {day}", day=run.paths.rounds[at].held), "percent")
        for at in picks
    )
    values = 100 * chance.transpose("score", "round").to_numpy()
    rows = tuple(
        Row(
            f"{score:g}",
            Verbatim(f"{score:g}"),
            tuple(
                figure(f"chances.{score:g}.{column.key}", float(values[at, place]), "percent")
                for place, column in enumerate(columns)
            ),
        )
        for at, score in enumerate(scores)
    )
    title = msg("Chance of being invited, by points and day")
    notes = (
        msg(
            "For who is in the pool from the start, in rounds open to all. Counted above the "
            "cut-off: with exactly as many points the moment of submission decides."
        ),
    )
    draw = partial(_chance_picture, run, chance, title)
    exhibit = Exhibit(Table("chances", msg("Points"), columns, rows), title, draw, notes)
    return Section("chances", msg("Chance of an invitation"), (), (exhibit,))


def _chance_picture(run: DrawRun, chance: xr.DataArray, title: Message, locale: Locale) -> str:
    frame = (100 * chance).rename("chance").to_dataframe().reset_index()
    frame["day"] = [run.paths.rounds[int(place) - 1].held for place in frame["round"]]
    return line_chart(
        frame, x="score", y="chance", series="day", title=title.render(locale), from_zero=True,
        lang=locale.lang, unit=msg("percent, by points").render(locale),
        note=practice(run, locale),
    )  # fmt: skip


def groups_section(run: DrawRun) -> Section:
    """Composition of the pool, of arrivals and of invitations by group."""
    names = [segment_group(str(one)) for one in run.paths.invited.indexes["segment"]]
    invited = run.paths.invited.assign_coords(segment=names).groupby("segment").sum()
    whole = invited.sum("round")
    start = run.paths.start.assign_coords(segment=names).groupby("segment").sum()
    share = 100 * whole / whole.sum("segment").where(whole.sum("segment") > 0)
    known = share.transpose("segment", "trajectory").dropna("trajectory").to_numpy()
    none = np.full((len(known), len(PROBS)), np.nan)
    ends = np.quantile(known, PROBS, axis=1).T if known.size else none
    held = shown_groups(start, run.least)
    ends[np.isnan(held)] = np.nan
    rows = tuple(
        Row(
            str(name),
            msg("all") if str(name) == "all" else Verbatim(str(name)),
            (
                figure(f"groups.{name}.pool", float(held[at]), "percent",
                        status="observed", decimals=1),
                figure(f"groups.{name}.invited", ends[at, 1], "percent", decimals=1,
                        ends=(ends[at, 0], ends[at, 2])),
                figure(f"groups.{name}.low", ends[at, 0], "percent", decimals=1),
                figure(f"groups.{name}.high", ends[at, 2], "percent", decimals=1),
            ),
        )
        for at, name in enumerate(whole.indexes["segment"])
    )  # fmt: skip
    columns = (
        Column("pool", msg("Share of the pool at the start"), "percent"),
        Column("invited", msg("Share of invitations, median"), "percent"),
        Column("low", msg("Lower limit"), "percent"),
        Column("high", msg("Upper limit"), "percent"),
    )
    note = msg(
        "Groups play no part in a draw; a difference comes from points, moments and categories."
    )
    exhibit = Exhibit(
        Table("groups", msg("Group"), columns, rows),
        msg("Who is invited beside who is in the pool"),
        notes=(note,),
    )
    return Section("groups", msg("Groups"), (), (exhibit,))


def account_section(run: DrawRun) -> Section:
    """Where everybody came from and went, over all weeks; the account closes in every future."""
    flows = run.paths.flows.sum("segment")
    last = flows.isel(week=-1)
    whole = flows.sum("week")
    lines = {
        "start": (msg("Pool at the start"), run.paths.start.sum() + 0 * last.sel(series="pool")),
        "arrivals": (msg("Arrivals"), whole.sel(series="arrivals")),
        "accepted": (msg("Invited and accepted"), -whole.sel(series="accepted")),
        "withdrawn": (msg("Withdrew"), -whole.sel(series="withdrawn")),
        "expired": (msg("Expired"), -whole.sel(series="expired")),
        "pool": (msg("Pool at the end"), last.sel(series="pool")),
    }
    rows = []
    for name, (label, values) in lines.items():
        low, high = (float(one) for one in values.quantile([PROBS[0], PROBS[2]]))
        numbers = {"mean": float(values.mean()), "low": low, "high": high}
        cells = tuple(figure(f"account.{name}.{k}", v, "persons") for k, v in numbers.items())
        rows.append(Row(name, label, cells))
    columns = (
        Column("mean", msg("Mean"), "persons"),
        Column("low", msg("Lower limit"), "persons"),
        Column("high", msg("Upper limit"), "persons"),
    )
    gap = int(np.abs(run.paths.account()).sum())
    note = msg(
        "Means add up; limits do not. In every week of every future the account closes to the "
        "person: sum of the gaps {gap}.",
        gap=Count(gap),
    )
    exhibit = Exhibit(
        Table("account", msg("Part of the account"), columns, tuple(rows)),
        msg("Where the pool goes"),
        notes=(note,),
    )
    return Section("account", msg("The account"), (), (exhibit,))
