# SPDX-License-Identifier: Apache-2.0
"""``keruen points design``: a grid learned from outcomes, as advice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def design(
    people: Annotated[
        Path,
        typer.Argument(
            help="One row a person: candidate, factors, outcome (1, 0; … for those not admitted)."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    ordered: Annotated[
        str,
        typer.Option(
            help="Factors whose levels stand in the order of their names: 1 none, 2 some."
        ),
    ] = "",
    unordered: Annotated[str, typer.Option(help="Factors without order.")] = "",
    groups: Annotated[
        str, typer.Option(help="Protected attributes: to see the effect, never to learn from.")
    ] = "",
    current: Annotated[
        bool, typer.Option("--current", help="Column current: points under the grid in force.")
    ] = False,
    test_from: Annotated[
        int | None, typer.Option(help="Judge by cohorts from this year on (column year).")
    ] = None,
    most_points: Annotated[int, typer.Option(min=1, max=100, help="Most points a factor.")] = 10,
    most_factors: Annotated[int | None, typer.Option(min=1, help="Most factors.")] = None,
    selected_share: Annotated[
        float, typer.Option(help="Share that passes, for the effect on groups.")
    ] = 0.5,
    age_in_law: Annotated[
        bool, typer.Option("--age-in-law", help="The law in force uses age.")
    ] = False,
    draws: Annotated[int, typer.Option(min=10, max=2000, help="Samples drawn again.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the samples.")] = 1,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Learn a points grid from what became of those admitted: advice, never automatic.

    Ethnicity, religion, sex and marital status are refused as factors. The page shows how well
    the grid does on later cohorts, whom it favours, and what is not known of those refused.

    Example: keruen data synthesize points --to practice; keruen points design
    practice/outcomes.csv --ordered education,language,experience --unordered field --groups sex
    --current --test-from 2024 --out grid
    """
    from rich.console import Console

    from keruen.report.design_page import design_report, write_design
    from keruen.report.design_run import run_design
    from keruen.report.locale import Locale

    def names(text: str) -> list[str]:
        return [one.strip() for one in text.split(",") if one.strip()]

    locale = Locale(lang.value)
    with progress_bar("design") as step:
        run = run_design(
            people,
            ordered=names(ordered),
            unordered=names(unordered),
            groups=names(groups),
            current=current,
            test_from=test_from,
            most_points=most_points,
            most_factors=most_factors,
            selected_share=selected_share,
            age_in_law=age_in_law,
            draws=draws,
            seed=seed,
            step=step,
        )
        paths = write_design(run, out, locale=locale, step=step)
    console = Console(highlight=False)
    for warning in design_report(run).parts[0].sections[0].findings:
        console.print(warning.render(locale))
    for path in paths:
        console.print(str(path), soft_wrap=True)
