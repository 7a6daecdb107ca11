# SPDX-License-Identifier: Apache-2.0
"""Secret keys of persons, for noise that depends on who is counted and on nothing else.

SipHash-2-4 (Aumasson and Bernstein 2012) of the identifier as text: who does not know the
secret can tell nothing about a key, not even of an identifier that he knows.
"""

# ruff: noqa: PLR0917 - kernels take their arrays one by one

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._compile import compiled, kept

if TYPE_CHECKING:
    import pyarrow as pa

SECRET: Final = 16
"""Bytes of a secret."""
Words = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def person_keys(person: pa.Array, secret: bytes) -> NDArray[np.int64]:
    """A number from 0 to 2**32 - 1 for each person, the same for the same identifier.

    Examples
    --------
    >>> import pyarrow as pa
    >>> keys = person_keys(pa.array([7, 8, 7]), bytes(16))
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    >>> bool(keys[0] == person_keys(pa.array(["7"]), bytes(16))[0])
    True
    """
    import pyarrow as pa

    text = person.cast(pa.large_string())
    _, starts, letters = text.buffers()
    offsets = np.frombuffer(starts, np.int64)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(letters, np.uint8) if letters is not None else np.zeros(0, np.uint8)
    first, second = np.frombuffer(secret, np.uint64)
    out = np.empty(len(text), np.uint64)
    _hashes(offsets, data, first, second, np.array(_START, np.uint64), out)
    return (out >> np.uint64(32)).astype(np.int64)


@compiled
def _turn(word: np.uint64, places: int) -> np.uint64:
    return (word << np.uint64(places)) | (word >> np.uint64(64 - places))


@compiled
def _round(v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64) -> Words:
    v0 += v1
    v1 = _turn(v1, 13) ^ v0
    v0 = _turn(v0, 32)
    v2 += v3
    v3 = _turn(v3, 16) ^ v2
    v0 += v3
    v3 = _turn(v3, 21) ^ v0
    v2 += v1
    v1 = _turn(v1, 17) ^ v2
    v2 = _turn(v2, 32)
    return v0, v1, v2, v3


@kept
def _hashes(
    offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    first: np.uint64,
    second: np.uint64,
    start: NDArray[np.uint64],
    out: NDArray[np.uint64],
) -> None:
    for row in range(len(out)):
        lo, hi = offsets[row], offsets[row + 1]
        v0, v1 = start[0] ^ first, start[1] ^ second
        v2, v3 = start[2] ^ first, start[3] ^ second
        for block in range((hi - lo) // 8 + 1):
            at = lo + 8 * block
            word = np.uint64((hi - lo) & 255) << np.uint64(56) if at + 8 > hi else np.uint64(0)
            for k in range(min(8, hi - at)):
                word |= np.uint64(data[at + k]) << np.uint64(8 * k)
            v3 ^= word
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= word
        v2 ^= np.uint64(255)
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        out[row] = v0 ^ v1 ^ v2 ^ v3
