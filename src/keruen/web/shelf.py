# SPDX-License-Identifier: Apache-2.0
"""Pages about countries kept in the data folder, so that a restart finds them made.

They rest on the data of the package alone. A page is found by what was asked and by the files of
the package: a new version, or an edited file, makes every page anew. What was not read for
longest goes first when there are too many.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache, wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import keruen
from keruen.report.locale import LANGS
from keruen.web.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

FIRST: Final = "KAZ"
"""Country whose pages are made before anybody asks."""
_MOST: Final = 200_000_000
"""Bytes kept at most."""
_LATER: Final = 10.0
"""Seconds after the start; the first readers come first."""
_place: Path | None = None


def shelved(kind: Callable[..., T]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the results of a function from one start of the application to the next.

    Parameters
    ----------
    kind : callable
        Dataclass of texts that the function gives.

    Returns
    -------
    callable
        A decorator. Nothing is kept before :func:`keep_in` says where.
    """

    def keeping(make: Callable[P, T]) -> Callable[P, T]:
        @wraps(make)
        def ask(*args: P.args, **more: P.kwargs) -> T:
            if _place is None:
                return make(*args, **more)
            asked = f"{_package()} {make.__module__}.{make.__qualname__} {args!r} {more!r}"
            path = _place / f"{hashlib.sha256(asked.encode()).hexdigest()[:40]}.z"
            found = _read(path)
            if found is not None:
                return kind(**found)
            made = make(*args, **more)
            _write(path, asdict(made))  # type: ignore[call-overload]
            return made

        return ask

    return keeping


def keep_in(folder: Path | None) -> None:
    """Say where pages are kept; None for nowhere.

    Parameters
    ----------
    folder : Path or None
        A folder of its own.
    """
    global _place  # noqa: PLW0603 - one process serves one data folder
    _place = folder


@contextlib.contextmanager
def warm(settings: Settings) -> Iterator[None]:
    """Keep pages, and make those of the first country meanwhile, after everything else.

    Parameters
    ----------
    settings : Settings
        Data folder.

    Yields
    ------
    None
        While the application runs.
    """
    keep_in(settings.folder("pages"))
    process = subprocess.Popen(  # noqa: S603 - our own module, with our own words
        [sys.executable, "-m", "keruen.web.shelf", str(settings.data)],
        stdin=subprocess.PIPE,  # it ends when this process does, however that ends
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.communicate()
        keep_in(None)


@cache
def _package() -> str:
    """What the files of the package are: edition, number, size and the latest change."""
    top = Path(keruen.__file__).parent
    found = [one.stat() for one in top.rglob("*") if one.is_file() and one.suffix != ".pyc"]
    last = max(one.st_mtime_ns for one in found)
    return f"{keruen.__version__} {len(found)} {sum(one.st_size for one in found)} {last}"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(zlib.decompress(path.read_bytes()))
        os.utime(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, zlib.error):  # a disk that failed spoils a page, not a reader
        return None
    return found


def _write(path: Path, told: dict[str, Any]) -> None:
    draft = path.with_name(f"{secrets.token_hex(8)}.draft")
    with contextlib.suppress(OSError):  # a full disk must not keep a page from its reader
        draft.write_bytes(zlib.compress(json.dumps(told).encode(), 1))
        draft.replace(path)
        _bound(path.parent)
    draft.unlink(missing_ok=True)


def _bound(folder: Path) -> None:
    """Take away what was not read for longest."""
    kept = sorted(
        ((one, one.stat()) for one in folder.iterdir()), key=lambda each: -each[1].st_mtime
    )
    size = 0
    for path, facts in kept:
        size += facts.st_size
        if size > _MOST:
            path.unlink(missing_ok=True)


def main(data: str) -> None:
    """Make the pages of the first country.

    Parameters
    ----------
    data : str
        Data folder.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(19)
    time.sleep(_LATER)
    from keruen.web.reports import TITLES, report_page

    keep_in(Path(data) / "pages")
    for kind in (one for one in TITLES if one != "labour"):  # whose page has choices of its own
        for lang in LANGS:
            report_page(kind, FIRST, None, lang)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
