# SPDX-License-Identifier: Apache-2.0
"""``keruen points draws``: rounds of invitations, one exactly and many ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def draws(
    pool: Annotated[
        Path,
        typer.Argument(
            help="Candidates: candidate, submitted, score; expires, category and group may stand "
            "beside (keruen data template points_pool)."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    rounds: Annotated[
        Path | None,
        typer.Option(help="Rounds: held, size, minimum, category (data template points_rounds)."),
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Invitations of each round, in place of a file.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Days from a round to the next.")] = 14,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Weeks ahead.")] = 26,
    start: Annotated[
        str | None, typer.Option(help="First day; the day after the last submission.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Count arrivals from this day: that after the last round.")
    ] = None,
    acceptance: Annotated[
        str,
        typer.Option(help="Share of invitations accepted: 0.9, or a span 0.85:0.95."),
    ] = "1",
    withdrawal: Annotated[
        str, typer.Option(help="Share of the pool that withdraws in a week, or a span of it.")
    ] = "0",
    trajectories: Annotated[int, typer.Option(min=10, max=5000, help="Futures.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same futures.")] = 1,
    lang: Annotated[Lang, typer.Option(help="Language of page, workbook and tables.")] = Lang.en,
) -> None:
    """Hold the first round exactly, and see where cut-offs and waiting times go.

    Writes a page with pictures, a workbook, a CSV of each table, and every candidate of the
    first round with the reason. The tool proposes; a named officer decides.

    Examples: keruen data synthesize points --to practice; keruen points draws
    practice/pool.csv --rounds practice/rounds.csv --since 2025-12-23 --out draws; keruen points
    draws pool.xlsx --size 300 --every 14 --out draws --lang ru
    """
    from rich.console import Console

    from keruen.report.draw_page import draw_report
    from keruen.report.draw_release import write_draws
    from keruen.report.draw_run import run_draws
    from keruen.report.locale import Locale

    locale = Locale(lang.value)
    with progress_bar("draws") as step:
        run = run_draws(
            pool,
            rounds=rounds,
            size=size,
            every=every,
            weeks=weeks,
            start=start,
            since=since,
            acceptance=_span(acceptance, "--acceptance"),
            withdrawal=_span(withdrawal, "--withdrawal"),
            trajectories=trajectories,
            seed=seed,
            step=step,
        )
        paths = write_draws(run, out, locale=locale, step=step)
    console = Console(highlight=False)
    sections = [one for part in draw_report(run).parts for one in part.sections]
    for line in (*(one for each in sections for one in each.findings), *run.notes):
        console.print(line.render(locale))
    for path in paths:
        console.print(str(path), soft_wrap=True)


def _span(text: str, option: str) -> tuple[float, float]:
    """One number, or two with a colon between them."""
    try:
        low, _, high = text.partition(":")
        return float(low), float(high or low)
    except ValueError as fault:
        raise typer.BadParameter("write 0.9 or 0.85:0.95", param_hint=option) from fault


def cutoffs(
    bands: Annotated[
        Path,
        typer.Argument(help="Pool by band: held, band, persons (data template points_bands)."),
    ],
    *,
    rounds: Annotated[
        Path,
        typer.Option(help="Rounds: held, size, cutoff where known (points_past_rounds)."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    lang: Annotated[Lang, typer.Option(help="Language of page, workbook and tables.")] = Lang.en,
) -> None:
    """Read the cut-off of each round off the published bands, beside those that are known.

    Bands must add up to their wholes and to the pool. Within a wide band the tail is
    exponential, not even; the page shows both, and how far each was off.

    Example: keruen points cutoffs practice/bands.csv --rounds practice/past_rounds.csv --out
    cutoffs
    """
    from rich.console import Console

    from keruen.report.cutoff_page import write_cutoffs
    from keruen.report.cutoff_run import run_cutoffs
    from keruen.report.locale import Locale

    with progress_bar("cutoffs") as step:
        run = run_cutoffs(bands, rounds, step=step)
        paths = write_cutoffs(run, out, locale=Locale(lang.value), step=step)
    console = Console(highlight=False)
    for path in paths:
        console.print(str(path), soft_wrap=True)
