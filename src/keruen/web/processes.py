# SPDX-License-Identifier: Apache-2.0
"""Processes of runs: ended with all they started, those of an earlier server too."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final

_LOOK_EVERY: Final = 0.05
_LOOKS: Final = 100


def kill(pid: int) -> None:
    """End a process, and the processes that it began, at once.

    Parameters
    ----------
    pid : int
        Number of the process.
    """
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def end_process(pid: int | None, id: str) -> None:
    """End the process of a run that an earlier server began, and wait until it is gone.

    Parameters
    ----------
    pid : int or None
        Number that the run had; None when it never had one.
    id : str
        The run, which the command of its process names.
    """
    if not (pid and _is_ours(pid, id)):
        return
    kill(pid)
    for _ in range(_LOOKS):
        if not _is_ours(pid, id):
            return
        time.sleep(_LOOK_EVERY)


def _is_ours(pid: int, id: str) -> bool:
    """Whether a number still belongs to the process of a run, and not to another since."""
    try:
        return id.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
