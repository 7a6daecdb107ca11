# SPDX-License-Identifier: Apache-2.0
"""Errors and warnings: each says what is wrong, where, and what to do.

Every class derives from :class:`WorkbenchError` and from the builtin that a caller would
expect. A finer name (``NotSquare``, ``DuplicateKey`` ...) travels as ``error.id``, so that
a screen can show the message in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class WorkbenchError(Exception):
    """Any fault that a user of the package can cause and mend.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    where : str, optional
        File, sheet, row and column, or array and coordinates.
    remedy : str, optional
        What to do about it.
    id : str, optional
        Finer name of the fault; the class name when not given.

    Examples
    --------
    >>> print(SchemaError("the table has no column 'year'", where="a.csv", remedy="add it"))
    the table has no column 'year' (a.csv): add it
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", id: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        self.id = id or type(self).__name__
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.what} ({self.where})" if self.where else self.what
        return f"{text}: {self.remedy}" if self.remedy else text


class SchemaError(WorkbenchError, ValueError):
    """A table or file lacks a column, dimension or sheet, or holds a value it may not."""


class CodeError(WorkbenchError, KeyError):
    """An unknown code; the message lists near ones."""

    __str__ = WorkbenchError.__str__  # KeyError would print the repr of the message


class CoverageError(WorkbenchError, ValueError):
    """Cells needed are missing, or labels differ between inputs."""


class UnitsError(WorkbenchError, TypeError):
    """Unit, kind or concept clash: summing a rate, adding moves to transitions."""


class AccountError(WorkbenchError, ArithmeticError):
    """A demographic account does not close; names the worst cells and the gap."""


class ConvergenceError(WorkbenchError, RuntimeError):
    """An iteration or sampler did not settle; ``diagnostics`` carries what it reached."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        id: str = "",
        diagnostics: dict[str, object] | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy, id=id)
        self.diagnostics = diagnostics or {}


class InfeasibleError(WorkbenchError, ValueError):
    """No answer satisfies the limits; names the smallest set found to conflict."""


class EstimationError(WorkbenchError, ValueError):
    """The data cannot identify the effect: no controls, one cluster, perfect separation."""


class ScenarioError(WorkbenchError, ValueError):
    """A scenario or rule file is wrong; gives file, line, key path, allowed values."""


class LicenceError(WorkbenchError, PermissionError):
    """Data may not be republished in the asked form."""


class FileError(WorkbenchError, OSError):
    """A file is damaged, unreadable, too large, or cannot be written."""

    __str__ = WorkbenchError.__str__


class FaultsError(SchemaError):
    """All faults of one input at once, so that they can be mended in one round."""

    def __init__(self, faults: Sequence[WorkbenchError], *, where: str = "") -> None:
        if not faults:
            raise ValueError("a list of faults needs at least one fault")
        self.faults = tuple(faults)
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{count} found", where=where, id="Faults")

    def __str__(self) -> str:
        head = f"{self.what} in {self.where}:" if self.where else f"{self.what}:"
        return "\n".join([head, *(f"  - {fault}" for fault in self.faults)])


class ApproximationWarning(UserWarning):
    """The result is an approximation; the message says how good."""


class DataWarning(UserWarning):
    """The data have a known defect that matters for what was asked."""


def raise_faults(faults: Iterable[WorkbenchError], *, where: str = "") -> None:
    """Raise nothing, the single fault, or all of them together.

    Parameters
    ----------
    faults : iterable of WorkbenchError
        The faults gathered.
    where : str, optional
        The input they were found in.

    Raises
    ------
    WorkbenchError
        The fault itself when there is one, :class:`FaultsError` when there are more.
    """
    found = list(faults)
    if len(found) == 1:
        raise found[0]
    if found:
        raise FaultsError(found, where=where)
