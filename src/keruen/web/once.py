# SPDX-License-Identifier: Apache-2.0
"""What takes long and comes out the same for all is made once, however many ask at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the latest results of a function; whoever asks while one is made waits for it.

    Parameters
    ----------
    most : int
        Results kept; those not asked for longest go first.

    Returns
    -------
    callable
        A decorator; a fault is raised to all who wait and not kept.
    """

    def keeping(make: Callable[P, T]) -> Callable[P, T]:
        held: OrderedDict[object, Future[T]] = OrderedDict()
        lock = threading.Lock()

        @wraps(make)
        def ask(*args: P.args, **more: P.kwargs) -> T:
            key = (args, tuple(sorted(more.items())))
            with lock:
                found, mine = held.get(key), key not in held
                if found is None:
                    found = held[key] = Future()
                held.move_to_end(key)
                while len(held) > most:
                    held.popitem(last=False)
            if mine:
                _make(found, lambda: make(*args, **more))
                if found.exception() is not None:
                    with lock:
                        held.pop(key, None)
            return found.result()

        return ask

    return keeping


def _make(into: Future[T], make: Callable[[], T]) -> None:
    try:
        into.set_result(make())
    except BaseException as fault:  # noqa: BLE001 - told to all who wait
        into.set_exception(fault)
