# SPDX-License-Identifier: Apache-2.0
"""Options that the commands of ``keruen quota`` share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Key(StrEnum):
    """What a quota is split by."""

    weight = "weight"
    population = "population"
    koenigstein = "koenigstein"
    european = "european"


class Method(StrEnum):
    """How a whole number is split."""

    hamilton = "hamilton"
    webster = "webster"


Ledger = Annotated[
    str,
    typer.Option(help="Ledger: a file, or postgresql://user@host/name.", envvar="KERUEN_LEDGER"),
]
Officer = Annotated[
    str, typer.Option(help="Officer who answers for this.", envvar="KERUEN_OFFICER")
]
At = Annotated[
    str, typer.Option(help="When, with its zone: 2026-03-01T09:00+05:00. Now when left out.")
]
Quota = Annotated[str, typer.Argument(help="Name of the quota, such as kandas-2026-KZ-55.")]
Facts = Annotated[
    list[str] | None, typer.Option(help="What else is to be told, as name=value; may be repeated.")
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--parameter-file", help="Parameters of your own, over those of the package."),
]
