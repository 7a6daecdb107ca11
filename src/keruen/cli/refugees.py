# SPDX-License-Identifier: Apache-2.0
"""``keruen refugees``: asylum cases, officers and places of the next twelve months."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def refugees(
    given: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY|FILE",
            help="A country (ISO3), from UNHCR's yearly figures; or a file of monthly "
            "applications (keruen data template asylum_applications gives an empty one).",
        ),
    ],
    *,
    officers: Annotated[str, typer.Option(help="Officers at work: 10, or 8:12 if not known.")],
    rate: Annotated[str, typer.Option(help="Decisions of an officer in a month: 10, or 8:12.")],
    housed: Annotated[
        str, typer.Option(help="Share of those with a case who live in reception: 0.3, or 0.2:0.4.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    recognition: Annotated[
        str, typer.Option(help="Share protected; a country's own from UNHCR when not given.")
    ] = "",
    withdrawal: Annotated[
        str, typer.Option(help="Share of those waiting who withdraw in a month.")
    ] = "0",
    backlog: Annotated[
        int | None, typer.Option(min=0, help="Cases at the start; UNHCR's when not given.")
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            help="An event, NAME:PERSONS:SHARE:MONTH:MONTHS: persons displaced, share that comes "
            "here, first month (1 to 12), months they take. May be given several times."
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="auto, last_value, seasonal_naive, negative_binomial or elastic_net; auto takes "
            "what erred least in the past."
        ),
    ] = "auto",
    months_after: Annotated[
        int, typer.Option(min=0, max=24, help="Months in reception after the decision.")
    ] = 1,
    confidence: Annotated[
        float, typer.Option(help="Share of futures in which officers and places are enough.")
    ] = 0.95,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Futures.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Forecast asylum applications, and the officers and places they ask for.

    Writes a page with pictures, a workbook and a CSV of each table. The page says how well
    the forecast would have done in the past, and what was assumed. Nothing here decides
    about a person.

    Examples: keruen refugees KAZ --officers 3 --rate 8:12 --housed 0.1:0.3 --out kaz;
    keruen refugees mine.xlsx --officers 40 --rate 10 --housed 0.5 --recognition 0.4
    --backlog 1200 --shock "crisis:100000:0.01:4:3" --out mine --lang kk
    """
    from rich.console import Console

    from keruen.report.caseload_page import caseload_report, findings
    from keruen.report.caseload_release import write_caseload
    from keruen.report.caseload_run import run_caseload_plan
    from keruen.report.locale import Locale

    locale = Locale(lang.value)
    terms = {
        "officers": officers, "rate": rate, "recognition": recognition,
        "withdrawal": withdrawal, "housed": housed,
    }  # fmt: skip
    with progress_bar("refugees") as step:
        run = run_caseload_plan(
            given,
            terms=terms,
            backlog=backlog,
            shocks=shock or [],
            method=method,
            months_after=months_after,
            confidence=confidence,
            draws=draws,
            seed=seed,
            step=step,
        )
        report = caseload_report(run)
        paths = write_caseload(run, report, out, locale=locale, step=step)
    console = Console(highlight=False)
    for said in findings(report):
        console.print(said.render(locale))
    for path in paths:
        console.print(str(path), soft_wrap=True)
