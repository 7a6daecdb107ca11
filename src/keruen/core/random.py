# SPDX-License-Identifier: Apache-2.0
"""One seed, many named streams of random numbers.

A run has one seed. Each process (``"deaths"``, ``"stocks"`` ...) and each trajectory draws
from a stream of its own, found by name. Switching one process on, or asking for more
trajectories, therefore leaves the numbers of every other stream as they were: two
scenarios compared under one seed differ by the policy and not by the dice.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

from keruen.core.errors import SchemaError

_WORDS: Final = 4


def _key(part: str | int) -> tuple[int, ...]:
    """Words of 32 bits that stand for one part of a stream's name."""
    digest = hashlib.sha256(f"{type(part).__name__}:{part}".encode()).digest()
    return tuple(
        int.from_bytes(digest[4 * word : 4 * word + 4], "little") for word in range(_WORDS)
    )


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Random generator of one named process.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 or more.
    *name : str or int
        Name of the process, from the general to the particular: room, quantity,
        trajectory. At least one part.

    Returns
    -------
    Generator
        The same numbers for the same seed and name, on any machine and in any order of
        calls; independent numbers for any other name.

    Raises
    ------
    SchemaError
        The seed is negative or not a whole number, or the stream has no name.

    Notes
    -----
    The key of the seed sequence is the SHA-256 digest of each part of the name, so that
    streams do not depend on how many others were opened before.

    Examples
    --------
    >>> first = stream(7, "flows", "deaths").normal()
    >>> _ = stream(7, "flows", "births").normal(size=100)
    >>> first == stream(7, "flows", "deaths").normal()
    True
    >>> first == stream(7, "flows", "deaths", 1).normal()
    False
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SchemaError(
            f"a seed is a whole number, 0 or more, not {seed!r}",
            where="seed",
            remedy="give seed=20250101, for example",
            id="BadSeed",
        )
    if not name:
        raise SchemaError(
            "a random stream needs a name",
            where="stream(seed)",
            remedy='name the process: stream(seed, "flows", "deaths")',
            id="BadSeed",
        )
    key = tuple(word for part in name for word in _key(part))
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key))
