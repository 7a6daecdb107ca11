# SPDX-License-Identifier: Apache-2.0
"""Scenarios that analysts write: kept by account, each as the file that the command line runs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from keruen.core.errors import ScenarioError
from keruen.core.sentences import msg
from keruen.scenario.reading import read_scenario_file
from keruen.web.settings import Settings

MOST: Final = 200
"""Scenarios that one account may keep."""
_FOLDER: Final = "scenarios"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class OwnScenario:
    """A scenario that somebody keeps.

    Parameters
    ----------
    account : str
        Whose it is.
    name : str
        Its name.
    text : str
        What it says.
    saved : str
        When it was kept last, UTC.
    """

    account: str
    name: str
    text: str
    saved: str

    @property
    def id(self) -> str:
        """How addresses and forms call it."""
        return f"own/{self.account}/{self.name}"


def own_scenarios(settings: Settings, account: str | None) -> list[OwnScenario]:
    """Scenarios of an account, or of all, by name.

    Parameters
    ----------
    settings : Settings
        Data folder.
    account : str or None
        Whose.

    Returns
    -------
    list of OwnScenario
    """
    home = settings.folder(_FOLDER)
    folders = sorted(home.iterdir()) if account is None else [home / account]
    return [_read(path) for folder in folders for path in sorted(folder.glob("*.yaml"))]


def own_scenario(settings: Settings, account: str, name: str) -> OwnScenario | None:
    """A scenario of an account; None when it keeps none of this name."""
    home = settings.folder(_FOLDER)
    known = [one.name for one in home.iterdir()]  # never a path made of what was asked for
    if account not in known or not _NAME.fullmatch(name):
        return None
    path = home / account / f"{name}.yaml"
    return _read(path) if path.is_file() else None


def keep_own(settings: Settings, account: str, name: str, text: str, *, replaces: str = "") -> None:
    """Keep a scenario under its name.

    Parameters
    ----------
    settings : Settings
        Data folder.
    account : str
        Whose.
    name : str
        Name, as the text says it.
    text : str
        The scenario, checked.
    replaces : str, optional
        Name of the one that it was made of by editing; it goes when the name is another now.

    Raises
    ------
    ScenarioError
        There is another of this name already (``NameTaken``), or there are too many.
    """
    if not _NAME.fullmatch(name):
        raise ScenarioError(
            msg("'{name}' is not a name", name=name),
            remedy=msg("write 'scenario:' and small Latin letters, digits and _"),
        )
    folder = settings.folder(_FOLDER, account)
    path = folder / f"{name}.yaml"
    if path.exists() and name != replaces:
        raise ScenarioError(
            msg("you keep a scenario '{name}' already", name=name),
            remedy=msg("choose another name, or edit that one"),
            id="NameTaken",
        )
    if not path.exists() and len(list(folder.glob("*.yaml"))) >= MOST:
        what = msg("you keep {most} scenarios already", most=MOST)
        raise ScenarioError(what, remedy=msg("delete one that is not needed"), id="TooMany")
    draft = folder / f".{name}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if replaces and replaces != name:
        remove_own(settings, account, replaces)


def remove_own(settings: Settings, account: str, name: str) -> None:
    """Remove a scenario; runs that were made of it keep their text."""
    if _NAME.fullmatch(name):
        (settings.folder(_FOLDER, account) / f"{name}.yaml").unlink(missing_ok=True)


def title_of(settings: Settings, one: OwnScenario, lang: str) -> str:
    """Title of a kept scenario in a language; its name when the file has none."""
    told, _ = read_scenario_file(settings.folder(_FOLDER, one.account) / f"{one.name}.yaml")
    return told.title.get(lang) or one.name


def _read(path: Path) -> OwnScenario:
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return OwnScenario(path.parent.name, path.stem, path.read_text("utf-8"), saved)
