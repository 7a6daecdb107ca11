# SPDX-License-Identifier: Apache-2.0
"""Compiling kernels to machine code, and keeping that code between runs."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
_jit: Callable[..., Callable[..., Any]] = numba.njit


def compiled(function: _F) -> _F:
    """Compile a part of a kernel on first use.

    No reference counts (``_nrt``): they cost ten times the arithmetic, and a kernel neither
    makes nor keeps arrays. No lock is held, so that threads can run beside it. Laid into what
    calls it (``forceinline``), for a call would copy the whole rule: a third of the time.
    """
    settings = {"nogil": True, "error_model": "numpy", "_nrt": False, "forceinline": True}
    return cast("_F", _jit(**settings)(function))


def kept(function: _F) -> _F:
    """Compile a whole kernel, and keep the machine code on disk for the next run."""
    return cast("_F", _jit(nogil=True, error_model="numpy", _nrt=False, cache=True)(function))


def edition(*files: str) -> int:
    """Number that changes with the text of any of these files.

    Numba renews kept code when the file of the function changes, but not when another does
    that it calls into. A kernel that mentions this number as a variable of the function around
    it is renewed with all of them.
    """
    text = b"".join(Path(file).read_bytes() for file in files)
    return int.from_bytes(sha256(text).digest()[:7], "big")
