# SPDX-License-Identifier: Apache-2.0
"""One BLAS thread for many small matrices.

Handing a matrix of two hundred rows to several threads costs more than it saves, and on a
busy machine the threads wait for each other: fifty times slower was measured.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Context in which the linear algebra library uses one thread."""
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit
