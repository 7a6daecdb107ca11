# SPDX-License-Identifier: Apache-2.0
"""``keruen run`` and ``keruen compare``: scenarios through all rooms, and side by side."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar

if TYPE_CHECKING:
    from keruen.scenario.composed import Scenario
    from keruen.scenario.results import Page
    from keruen.scenario.run import ScenarioRun

_Lang = Annotated[Lang, typer.Option(help="Language of the page and its workbook.")]
_Format = Annotated[
    str, typer.Option(help="What the page is written as, by commas: html, xlsx, docx, pdf.")
]
_Template = Annotated[
    Path | None, typer.Option(help="Your own Word document whose styles docx takes.")
]
_USUAL = "html,xlsx"
_STAGES = "stages"


def run(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario file, a name such as kaz/quota_5000, or the manifest.json of a run.",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for the run.")] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the scenarios of the package.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="KEY", help="Say which line set a value, and run nothing.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take finished stages of an earlier run in --out.")
    ] = False,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Say which uncertain value moves which outcome.")
    ] = False,
    trajectories: Annotated[
        int | None,
        typer.Option(min=0, max=10_000, help="Futures drawn; those of the file when not given."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed; that of the file otherwise.")
    ] = None,
    lang: _Lang = Lang.en,
    format: _Format = _USUAL,
    template: _Template = None,
) -> None:
    """Run a scenario: population, labour gap and placement of a policy, with intervals."""
    if list_all or scenario is None:
        _list(lang)
        return
    if Path(scenario).name == "manifest.json":
        _replay(Path(scenario), out, template)
        return
    from keruen.scenario.compose import compose
    from keruen.scenario.composed import with_draws

    made = compose(scenario)
    if explain is not None:
        _explain(made, explain)
        return
    draws = made.trajectories if trajectories is None else trajectories
    made = with_draws(made, draws, made.seed if seed is None else seed)
    target = out or Path(f"run-{made.name}")
    page = _page(lang, format, template)
    if not resume:
        shutil.rmtree(target / _STAGES, ignore_errors=True)
    _run(made, target, page, lang, sensitivity=sensitivity)


def _run(made: Scenario, target: Path, page: Page, lang: Lang, *, sensitivity: bool) -> None:
    from keruen.scenario.results import write_run
    from keruen.scenario.run import run_scenario
    from keruen.scenario.sensitivity import sensitivity as shares_of

    with progress_bar(made.name) as step:
        found = run_scenario(made, stages=target / _STAGES, step=step)
        shares = shares_of(made, step=step) if sensitivity else None
        written = write_run(found, target, shares=shares, page=page, lang=lang.value, step=step)
    for path in written:
        typer.echo(path)
    if found.kept:
        typer.echo(f"Taken from the earlier run: {', '.join(found.kept)}.", err=True)


def _page(lang: Lang, format: str, template: Path | None) -> Page:
    from keruen.report.locale import Locale
    from keruen.report.pages import check_formats, write_pages
    from keruen.scenario.page import scenario_report

    formats = check_formats(format, template=template)

    def write(found: ScenarioRun, folder: Path) -> None:
        report = scenario_report(found)
        locale = Locale(lang.value)
        write_pages(report, locale, folder, "scenario", formats=formats, template=template)

    return write


def _list(lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    from keruen.scenario.compose import compose, scenario_names

    table = Table("scenario", "title")
    for name in scenario_names():
        table.add_row(name, compose(name).title[lang.value])
    Console(highlight=False).print(table)


def _explain(made: Scenario, key: str) -> None:
    one = made.keys.get(key)
    for _, row in made.explain(key).iterrows():
        typer.echo(f"{row['file']}, line {row['line']} ({row['scenario']}): {row['change']}")
        typer.echo(f"    was {row['before']}")
        typer.echo(f"    is  {row['after']}{' ' + one.unit if one else ''}")
        if row["why"]:
            typer.echo(f"    {row['why']}")


def _replay(manifest: Path, out: Path | None, template: Path | None) -> None:
    from keruen.report.pages import PAGES
    from keruen.scenario.results import read_manifest, replay

    lang = Lang(read_manifest(manifest).get("page", {}).get("lang") or "en")
    formats = [one for one in PAGES if manifest.with_name(f"scenario.{one}").is_file()]
    page = _page(lang, ",".join(formats) or _USUAL, template)
    target = out or manifest.parent.with_name(manifest.parent.name + "-replayed")
    with progress_bar("replay") as step:
        other = replay(manifest, target, page=page, step=step)
    if other:
        typer.echo(f"{target}: other than the first run: {', '.join(other)}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{target}: every file is byte for byte that of the first run")


def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR DIR...", help="Runs; the first is the reference.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the comparison.")] = Path("comparison"),
    lang: _Lang = Lang.en,
    prefer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=more|less",
            help="What is wanted: how each scenario fares over all futures; may be repeated.",
        ),
    ] = None,
    format: _Format = _USUAL,
    template: _Template = None,
) -> None:
    """Set runs of scenarios side by side, future by future."""
    from keruen.report.locale import Locale
    from keruen.report.pages import check_formats, write_pages
    from keruen.report.release import release
    from keruen.report.table_release import write_tables
    from keruen.scenario.compare import compare_runs, robust_choices
    from keruen.scenario.compare_page import comparison_report

    formats = check_formats(format, template=template)
    locale = Locale(lang.value)
    with progress_bar("compare") as step:
        found = compare_runs(folders)
        tables = {
            "settings": found.settings, "levels": found.levels, "differences": found.differences
        }  # fmt: skip
        if prefer:
            tables["robust"] = robust_choices(found.runs, prefer)
        step(0.5, "page")

        def fill(folder: Path) -> None:
            write_tables(tables, folder, workbook="tables")
            report = comparison_report(found)
            write_pages(report, locale, folder, "comparison", formats=formats, template=template)

        manifest = {
            "command": "compare",
            "runs": [{"name": one.name, "digest": one.manifest["digest"]} for one in found.runs],
        }
        written = release(out, manifest, fill)
    for path in written:
        typer.echo(path)
