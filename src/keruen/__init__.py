# SPDX-License-Identifier: Apache-2.0
"""Keruen: from migration records and published tables to a decision.

Public names are loaded on first use, so that ``import keruen`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PUBLIC = {
    "catalogue": "keruen.sources.catalog",
    "load": "keruen.sources.catalog",
    "load_table": "keruen.sources.catalog",
}
__all__ = ["__version__", "catalogue", "load", "load_table"]

if TYPE_CHECKING:
    from keruen.sources.catalog import catalogue, load, load_table


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'keruen' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
