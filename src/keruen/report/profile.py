# SPDX-License-Identifier: Apache-2.0
"""The country migration profile: which sections, in which order, into which files.

The outline follows parts A to D of the Extended Migration Profile of the International
Organization for Migration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.report.build import Desk
from keruen.report.document import Headline, Part, Report
from keruen.report.locale import Country, Locale, Year, msg

if TYPE_CHECKING:
    from keruen.sources.own_tables import OwnTable

FORMATS: Final = ("html", "xlsx", "json", "csv", "docx", "pdf")
"""What a profile can be written as."""
USUAL: Final = FORMATS[:4]
"""What is written when nothing is said; documents take longer."""
_IS_TABLE: Final = re.compile(r"tables/\w+\.csv")
Step = Callable[[float, str], None]
"""Called with the share of work done, from 0 to 1, and what is being done."""


def _quiet(share: float, what: str) -> None:
    """Report no progress."""


def build_profile(
    country: str,
    *,
    year: int | None = None,
    own: Sequence[OwnTable] = (),
    step: Step = _quiet,
) -> Report:
    """The migration profile of a country from the embedded data, and from a user's own.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    year : int, optional
        Latest year to show; the latest of each source when not given.
    own : sequence of OwnTable, optional
        The user's own tables, whose figures stand in place of the embedded ones.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    Report
        The document tree, without language.

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        Nothing is held up to the year (``YearOutOfRange``).

    See Also
    --------
    keruen.sources.own_tables.read_own : Reads the user's own tables.
    """
    from keruen.core.codes import country_code
    from keruen.report.own_figures import own_figures
    from keruen.report.own_marks import mark_own
    from keruen.report.parts import own as own_section
    from keruen.report.parts import quality

    code = country_code(country)
    desk = Desk(code, year, own_figures(code, own) if own else None)
    _check_year(year)
    panel, parts = mark_own(_body(desk, step=step), desk, _body)
    closing = (quality.section(desk, panel, parts), own_section.section(desk))
    return Report(
        id=f"profile-{desk.country}",
        title=msg("{country}: migration profile", country=Country(desk.country)),
        subtitle=msg(
            "Figures to {year} from published sources; every figure names its year and source.",
            year=Year(desk.year or desk.reference + 1),
        ),
        headlines=panel,
        parts=(
            *parts,
            Part("D", msg("Findings for better data"), tuple(x for x in closing if x)),
        ),
        own_sources=tuple(one.source for one in own),
    )


def _body(
    desk: Desk, without: frozenset[str] = frozenset(), *, step: Step = _quiet
) -> tuple[tuple[Headline, ...], tuple[Part, ...]]:
    """The headlines and parts A to C, some sections left out."""
    from keruen.report.parts import headline

    step(0.0, "headline")
    return headline.headlines(desk), _parts(desk, without, step)


def _check_year(year: int | None) -> None:
    from keruen.core.errors import CoverageError

    if year is not None and not 1990 <= year <= 2026:
        raise CoverageError(
            f"no profile for {year}",
            where="--year",
            remedy="choose a year from 1990 to 2026; migrant stocks begin in 1990",
            id="YearOutOfRange",
        )


_MANIFEST: Final = "manifest.json"


def _written_before(folder: Path) -> set[str]:
    """Files that an earlier profile left in the folder; no other file is ever removed."""
    try:
        files = json.loads((folder / _MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in files if name == Path(name).name or _IS_TABLE.fullmatch(name)}


def _parts(desk: Desk, without: frozenset[str], step: Step) -> tuple[Part, ...]:
    from keruen.report.parts import (
        ageing,
        balance,
        contribution,
        education_ahead,
        flows,
        irregular,
        labour_ahead,
        management,
        policy,
        population,
        projection,
        protection,
        ranks,
        regions,
        regions_ahead,
        remittances,
        skilled_emigration,
        stocks,
        towns,
        towns_ahead,
        work,
    )

    outline = (
        (
            "A",
            msg("Migration: trends and characteristics"),
            (balance, ranks, stocks, flows, protection, irregular, regions),
        ),
        (
            "B",
            msg("Impact of migration"),
            (
                population,
                projection,
                contribution,
                ageing,
                education_ahead,
                regions_ahead,
                towns_ahead,
                remittances,
                skilled_emigration,
                work,
                labour_ahead,
                towns,
            ),
        ),
        ("C", msg("Management of migration"), (management, policy)),
    )
    count = sum(len(modules) for _, _, modules in outline)
    parts, done = [], 0
    for letter, title, modules in outline:
        sections = []
        for module in modules:
            done += 1
            name = module.__name__.rsplit(".", 1)[1]
            step(0.1 + 0.4 * done / count, name)
            section = None if name in without else module.section(desk)
            if section is not None:
                sections.append(section)
        parts.append(Part(letter, title, tuple(sections)))
    return tuple(parts)


def write_profile(
    report: Report,
    locale: Locale,
    folder: Path,
    *,
    formats: Sequence[str] = USUAL,
    template: Path | None = None,
    step: Step = _quiet,
) -> tuple[Path, ...]:
    """Write a profile to a folder, all files or none.

    Parameters
    ----------
    report : Report
        What :func:`build_profile` made.
    locale : Locale
        Language of the files.
    folder : Path
        Where to; made when it does not exist.
    formats : sequence of {"html", "xlsx", "json", "csv", "docx", "pdf"}
        What to write.
    template : Path, optional
        Word template for the docx.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    FileError
        The folder cannot be written, or the template is damaged; nothing has changed then.
    SchemaError
        The template lacks styles, or the ``documents`` extra is not installed.
    """
    from keruen.report.pages import PAGES, sources_of, write_pages
    from keruen.report.plain import write_csv, write_json
    from keruen.sources.output import staged_folder

    written: list[str] = []
    pages = [one for one in PAGES if one in formats]
    with staged_folder(folder) as staged:
        for place, one in enumerate(pages):
            step(0.55 + 0.4 * place / len(pages), f"profile.{one}")
            written += write_pages(
                report, locale, staged, "profile", formats=(one,), template=template
            )
        if "json" in formats:
            step(0.95, "profile.json")
            write_json(report, locale, sources_of(report), staged / "profile.json")
            written.append("profile.json")
        if "csv" in formats:
            (staged / "tables").mkdir()
            for exhibit in report.exhibits():
                name = f"tables/{exhibit.table.id}.csv"
                write_csv(exhibit.table, locale, staged / name)
                written.append(name)
        manifest = {"report": report.id, "language": locale.lang, "files": written}
        (staged / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        earlier = _written_before(folder)
    for name in earlier - set(written):
        (folder / name).unlink(missing_ok=True)
    step(1.0, "")
    return tuple(folder / name for name in written)
