# SPDX-License-Identifier: Apache-2.0
"""``keruen data parameters``: dated parameters of law and policy, listed and shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from keruen.sources.parameters import Parameters, Value

app = typer.Typer(help="Parameters of law and policy with their dates.", no_args_is_help=True)

_File = Annotated[
    list[Path] | None,
    typer.Option(help="Your own file, laid over those of the package; may be repeated."),
]
_At = Annotated[str, typer.Option(help="Day, as 2026-01-01; today when not given.")]


_Lang = Annotated[Lang, typer.Option(help="Language of labels and references.")]


def _read(files: list[Path] | None) -> Parameters:
    from keruen.sources.parameters import parameter_sets, read_parameters

    return read_parameters(*parameter_sets(), *(files or []))


@app.command("list")
def list_parameters(*, at: _At = "", file: _File = None, lang: _Lang = Lang.en) -> None:
    """List the parameters with their values on a day."""
    from rich.console import Console
    from rich.table import Table

    day = at or date.today().isoformat()  # noqa: DTZ011 - the day where the reader sits
    found = _read(file)
    table = Table("key", "value", "unit", "label", "status", title=day, title_justify="left")
    table.columns[0].no_wrap = True
    for key in found:
        one, entry = found[key], found[key].on(day)
        value = _short(entry.value) if entry is not None else "-"
        status = entry.status if entry is not None else ""
        table.add_row(key, value, one.unit, one.label[lang.value], status)
    Console(highlight=False).print(table)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Parameter, for example kaz.labour_quota.employers.")],
    *,
    at: Annotated[str, typer.Option(help="Only the value on this day, as 2026-01-01.")] = "",
    file: _File = None,
    lang: _Lang = Lang.en,
) -> None:
    """Show a parameter: every value with its days, status, legal text, file and line."""
    from rich.console import Console
    from rich.table import Table

    found = _read(file)
    one = found[key]
    if at:
        found.value(key, at)  # a day without a value is an error that says why
    now = one.on(at) if at else None
    entries = [now] if now is not None else list(one.values)
    title = f"{key}: {one.label[lang.value]} ({one.unit})"
    table = Table("from", "until", "value", "status", "reference", "set by", title=title,
                  title_justify="left")  # fmt: skip
    for entry in entries:
        where = f"{entry.where}\ninstead of {entry.replaces}" if entry.replaces else entry.where
        note = entry.note.get(lang.value, "")
        text = "\n".join(part for part in (entry.reference.text(lang.value), note) if part)
        until = str(entry.until or "")
        table.add_row(str(entry.start), until, _long(entry.value), entry.status, text, where)
    Console(highlight=False).print(table)


def _short(value: Value) -> str:
    from keruen.sources.parameters import Band

    if value is None:
        return "-"
    if isinstance(value, dict):
        return f"{len(value)} rows"
    if isinstance(value, list):
        return f"{len(value)} {'bands' if isinstance(value[0], Band) else 'items'}"
    return str(value)


def _long(value: Value) -> str:
    from keruen.sources.parameters import Band

    if isinstance(value, dict):
        return "\n".join(f"{code}: {_long(one)}" for code, one in value.items())
    if isinstance(value, list) and value and isinstance(value[0], Band):
        return "\n".join(f"[{one.low:g}, {one.high:g}): {_long(one.value)}" for one in value)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "-" if value is None else str(value)
