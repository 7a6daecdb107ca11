# SPDX-License-Identifier: Apache-2.0
"""Dated parameters of law and policy: values with their dates, units and legal references.

A value holds from its date until the next; ``null`` ends it. Files are YAML in
``sources/parameters/``, one folder a jurisdiction; a user's own file adds to them or replaces
single dates. Nothing here computes: the values are handed to ``decide`` as arguments.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from keruen.core.errors import ScenarioError, WorkbenchError, raise_faults
from keruen.sources._parameter_compose import composed
from keruen.sources._parameter_files import read_file
from keruen.sources._parameter_types import Band, Dated, Parameter, Reference, Status, Value, a_day

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Band",
    "Dated",
    "Parameter",
    "Parameters",
    "Reference",
    "Status",
    "Value",
    "parameter_sets",
    "read_parameters",
]

_FOLDER: Final = Path(__file__).parent / "parameters"


@dataclass(frozen=True)
class Parameters:
    """Parameters by key.

    Parameters
    ----------
    parameters : dict of str to Parameter
        All parameters, in the order of the files.

    See Also
    --------
    read_parameters : Makes it.
    """

    parameters: dict[str, Parameter]

    def __getitem__(self, key: str) -> Parameter:
        if key not in self.parameters:
            near = get_close_matches(key, self.parameters, n=3, cutoff=0.3)
            raise ScenarioError(
                f"there is no parameter '{key}'",
                remedy=f"did you mean {', '.join(near)}?" if near else "see the list",
                id="UnknownParameter",
            )
        return self.parameters[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def at(self, day: date | str) -> dict[str, Value]:
        """All values in force on a day.

        Parameters
        ----------
        day : date or str
            Day, as a date or in ISO form.

        Returns
        -------
        dict of str to value
            Parameters that have no value on the day are left out.
        """
        entries = {key: one.on(day) for key, one in self.parameters.items()}
        return {
            key: copy.deepcopy(entry.value)
            for key, entry in entries.items()
            if entry is not None and entry.value is not None
        }

    def value(self, key: str, day: date | str) -> Value:
        """The value of a parameter on a day.

        Parameters
        ----------
        key : str
            Key.
        day : date or str
            Day, as a date or in ISO form.

        Returns
        -------
        number, str, bool, list, dict or list of Band

        Raises
        ------
        ScenarioError
            No such parameter (``UnknownParameter``), or no value on the day (``NotInForce``).
        """
        entry = self[key].on(day)
        if entry is None or entry.value is None:
            raise _not_in_force(self[key], entry, a_day(day))
        return copy.deepcopy(entry.value)

    def history(self, key: str) -> tuple[Dated, ...]:
        """All values of a parameter in order of time.

        Parameters
        ----------
        key : str
            Key.

        Returns
        -------
        tuple of Dated
        """
        return self[key].values

    def reference(self, key: str, day: date | str | None = None) -> Reference:
        """The legal text behind a parameter.

        Parameters
        ----------
        key : str
            Key.
        day : date or str, optional
            Day whose value is asked for; the last value when not given.

        Returns
        -------
        Reference
        """
        entry = self[key].values[-1] if day is None else self[key].on(day)
        return (entry or self[key].values[0]).reference

    def unconfirmed(self, day: date | str) -> tuple[str, ...]:
        """Keys whose value on a day is still to be confirmed against its legal text.

        Parameters
        ----------
        day : date or str
            Day, as a date or in ISO form.

        Returns
        -------
        tuple of str
        """
        entries = {key: one.on(day) for key, one in self.parameters.items()}
        return tuple(k for k, e in entries.items() if e is not None and e.status != "confirmed")

    def to_table(self, lang: Literal["en", "ru", "kk"] = "en") -> pd.DataFrame:
        """One row a dated value.

        Parameters
        ----------
        lang : {"en", "ru", "kk"}
            Language of labels, references and notes.

        Returns
        -------
        DataFrame
            Columns ``key``, ``label``, ``unit``, ``start``, ``until``, ``value``, ``status``,
            ``reference``, ``note``, ``where``, ``replaces``.
        """
        import pandas as pd

        rows = [
            {
                "key": one.key, "label": one.label[lang], "unit": one.unit,
                "start": each.start, "until": each.until, "value": each.value,
                "status": each.status, "reference": each.reference.text(lang),
                "note": each.note.get(lang, ""), "where": each.where, "replaces": each.replaces,
            }
            for one in self.parameters.values()
            for each in one.values
        ]  # fmt: skip
        return pd.DataFrame(rows)


@cache
def parameter_sets() -> tuple[str, ...]:
    """Names of the files in the package: jurisdiction and topic.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "kaz/labour" in parameter_sets()
    True
    """
    files = sorted(_FOLDER.rglob("*.yaml"))
    return tuple(path.relative_to(_FOLDER).with_suffix("").as_posix() for path in files)


def read_parameters(*files: str | Path) -> Parameters:
    """Read dated parameters, later files adding to earlier ones.

    Parameters
    ----------
    *files : str or Path
        Sets of the package by name (``kaz``, ``kaz/labour``) or files of your own; all sets of
        the package when none is given.

    Returns
    -------
    Parameters

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    ScenarioError
        A file is wrong; each fault with file, line, key and what is allowed, all at once.

    Notes
    -----
    A later file need only name the key and the dates it changes; of two values for one date
    the later file's holds, and remembers which one it replaced.

    Examples
    --------
    >>> kaz = read_parameters("kaz")
    >>> kaz.value("kaz.labour_quota.employers", "2026-06-01")
    0.25
    >>> kaz.history("kaz.mci")[0].where
    'kaz/labour.yaml, line ...'
    """
    laid: dict[str, Parameter] = {}
    faults: list[WorkbenchError] = []
    for path, name in _paths(files or sorted({one.partition("/")[0] for one in parameter_sets()})):
        raws, found = read_file(path, name)
        faults += found
        for raw in (one for one in raws if one.sound):
            made = composed(laid, raw, faults)
            if made is not None:
                laid[raw.key] = made
    raise_faults(faults, where="the parameter files")
    return Parameters(laid)


def _paths(files: tuple[str | Path, ...] | list[str]) -> Iterator[tuple[Path, str]]:
    for file in files:
        if isinstance(file, Path) or file.endswith((".yaml", ".yml")):
            yield Path(file), Path(file).name
            continue
        names = [one for one in parameter_sets() if one == file or one.startswith(f"{file}/")]
        if not names:
            known = [*parameter_sets(), *{one.partition("/")[0] for one in parameter_sets()}]
            near = get_close_matches(file, known, n=3, cutoff=0.3)
            raise ScenarioError(
                f"the package has no parameters '{file}'",
                remedy=f"known: {', '.join(near or known)}; a file of your own ends in .yaml",
                id="UnknownParameter",
            )
        yield from ((_FOLDER / f"{name}.yaml", f"{name}.yaml") for name in names)


def _not_in_force(one: Parameter, entry: Dated | None, day: date) -> ScenarioError:
    if entry is None:
        what = f"'{one.key}' has no value before {one.values[0].start}"
        where = one.values[0].where
    elif entry.status != "confirmed":
        what = f"'{one.key}' is not known on {day}: to be confirmed"
        where = entry.where
    else:
        what = f"'{one.key}' ceased on {entry.start}"
        where = entry.where
    remedy = f"give a value for {day} in a file of your own, with its source"
    return ScenarioError(what, where=where, remedy=remedy, id="NotInForce")
