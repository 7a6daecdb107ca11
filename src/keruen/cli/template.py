# SPDX-License-Identifier: Apache-2.0
"""``keruen data template``: an empty workbook to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from collections.abc import Callable


def template(
    name: Annotated[
        str, typer.Argument(metavar="SCHEMA", help="Table to fill in, or projection.")
    ] = "",
    *,
    to: Annotated[
        Path | None, typer.Option(help="Workbook to write (.xlsx); a file that is there stays.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of headings, names and notes.")] = Lang.en,
) -> None:
    """Write an empty workbook to fill in, with lists to choose from, codes and notes.

    Without a name: list what can be filled in.

    Examples: keruen data template region_population --to people.xlsx --lang kk;
    keruen data template projection --to projection.xlsx
    """
    from keruen.sources.templates import templates, write_template

    say = _say(lang)
    if not name:
        for one, title in templates().items():
            typer.echo(f"{one:<24}{title.get(lang.value) or say(title['en'])}")
        return
    if to is None:
        raise typer.BadParameter(f"name the file to write, as in --to {name}.xlsx")
    write_template(name, to, lang=lang.value, say=say)
    typer.echo(str(to))


def _say(lang: Lang) -> Callable[[str], str]:
    from keruen.report.locale import Locale, Message

    locale = Locale(lang.value)
    return lambda text: locale.say(Message(text))
