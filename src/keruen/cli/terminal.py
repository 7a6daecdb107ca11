# SPDX-License-Identifier: Apache-2.0
"""What commands share: the choice of a language, and a bar that shows how far a run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Lang(StrEnum):
    """Languages of what is written."""

    en = "en"
    ru = "ru"
    kk = "kk"


class CountUnit(StrEnum):
    """Multiples in which tables give counts of people."""

    thousand = "thousand"
    million = "million"


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on the error stream, and the function that moves it.

    Parameters
    ----------
    title : str
        What stands beside the bar at first.

    Yields
    ------
    callable
        Takes the share done and what is being done.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)
