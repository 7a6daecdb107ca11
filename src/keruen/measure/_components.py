# SPDX-License-Identifier: Apache-2.0
"""Kernel of document linkage: groups that share a key, directly or through others.

Documents come as numbers only: a digest of each key (0 where the key may not be used), the
sex and the year of birth. Names never leave the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Digests = NDArray[np.uint64]
Whole = NDArray[np.int64]
UNKNOWN: Final = -1

SEX: Final = "more than one sex"
BIRTH: Final = "more than one year of birth"
SIZE: Final = "too many documents"
TRAVEL: Final = "in two places at once"


@dataclass(frozen=True)
class Guards:
    """What no person may have; breaking one drops the weakest key of the group."""

    max_documents: int
    birth_years: int


@dataclass(frozen=True)
class Broken:
    """Keys dropped: the reason, the rank of the key, and how many groups and documents."""

    reason: str
    key: int
    groups: int
    documents: int


@dataclass(frozen=True)
class Graph:
    """Documents and what joins them.

    ``keys`` is [key, document], the strongest first, ``used`` says which still count; ``pairs``
    [2, link] joins documents from outside, ``alive`` says which still do; ``sex`` and
    ``birth`` have a number a document.
    """

    keys: Digests
    used: NDArray[np.bool_]
    pairs: Whole
    alive: NDArray[np.bool_]
    sex: Whole
    birth: Whole


def linked(graph: Graph, guards: Guards, torn: Whole) -> tuple[Whole, list[Broken]]:
    """Group of each document, and what was broken; ``used`` and ``alive`` are brought up to date.

    ``torn`` names documents of persons seen in two places at once: a group that holds one
    loses a key before anything else.
    """
    broken: list[Broken] = []
    group = _joined(graph)
    faults = {TRAVEL: _members(group, torn)}
    while True:
        if not any(len(groups) for groups in faults.values()):
            faults = _faults(group, graph, guards)
        if not any(len(groups) for groups in faults.values()):
            return group, broken
        seen = np.zeros(0, dtype=np.int64)  # one key at a time, whatever the reasons
        for reason, groups in faults.items():
            broken += _break(group, np.setdiff1d(groups, seen), graph, reason)
            seen = np.union1d(seen, groups)
        group, faults = _joined(graph), {}


def _members(group: Whole, documents: Whole) -> Whole:
    """Groups of more than one document that hold any of these."""
    found = np.unique(group[documents])
    return found[np.bincount(group)[found] > 1]


def _joined(graph: Graph) -> Whole:
    """Connected components of documents and the key values that they hold."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = node = graph.keys.shape[1]
    ends = [graph.pairs[:, graph.alive]]
    for values, usable in zip(graph.keys, graph.used, strict=True):
        documents = np.flatnonzero(usable)
        _, code = np.unique(values[documents], return_inverse=True)
        ends.append(np.stack([documents, code + node]))
        node += int(code.max(initial=-1)) + 1
    source, target = np.concatenate(ends, axis=1)
    edges = coo_array((np.ones(len(source), dtype=bool), (source, target)), shape=(node, node))
    _, label = connected_components(edges, directed=False)
    _, group = np.unique(label[:size], return_inverse=True)
    return group.astype(np.int64)


def _faults(group: Whole, graph: Graph, guards: Guards) -> dict[str, Whole]:
    """Groups that no one person can be, by reason."""
    size = np.bincount(group)
    found = {SIZE: np.flatnonzero(size > guards.max_documents)}
    spreads = ((SEX, graph.sex, 0), (BIRTH, graph.birth, guards.birth_years))
    for reason, values, spread in spreads:
        known = values != UNKNOWN
        low = np.full(len(size), np.iinfo(np.int64).max)
        high = np.full(len(size), np.iinfo(np.int64).min)
        np.minimum.at(low, group[known], values[known])
        np.maximum.at(high, group[known], values[known])
        seen = high >= low
        wide = np.zeros(len(size), dtype=bool)
        wide[seen] = high[seen] - low[seen] > spread
        found[reason] = np.flatnonzero(wide)
    return found


def _break(group: Whole, groups: Whole, graph: Graph, reason: str) -> list[Broken]:
    """Drop the weakest key that still joins each faulty group; links from outside go last."""
    left = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
    left[groups] = True
    broken = []
    for rank in reversed(range(len(graph.used))):
        hit = graph.used[rank] & left[group]
        if hit.any():
            done = np.unique(group[hit])
            broken.append(Broken(reason, rank, len(done), int(hit.sum())))
            graph.used[rank, hit] = False
            left[done] = False
    outside = graph.alive & left[group[graph.pairs[0]]]
    if outside.any():
        done = np.unique(group[graph.pairs[0, outside]])
        broken.append(Broken(reason, len(graph.used), len(done), int(outside.sum())))
        graph.alive[outside] = False
    return broken


def agreement(graph: Graph, group: Whole) -> NDArray[np.float64]:
    """Share of a document's usable keys that another document of its group holds too.

    The lowest of the group stands for all its documents; a document alone in its group has 1.
    """
    shared = np.zeros(graph.keys.shape, dtype=bool)
    for rank, (values, usable) in enumerate(zip(graph.keys, graph.used, strict=True)):
        documents = np.flatnonzero(usable)
        both = np.stack([group[documents].astype(np.uint64), values[documents]])
        _, code, count = np.unique(both, axis=1, return_inverse=True, return_counts=True)
        shared[rank, documents] = count[code.ravel()] > 1
    usable_keys = graph.used.sum(axis=0)
    share = np.divide(
        shared.sum(axis=0), usable_keys, out=np.zeros(len(group)), where=usable_keys > 0
    )
    share[np.bincount(group)[group] == 1] = 1.0
    lowest = np.ones(int(group.max(initial=-1)) + 1)
    np.minimum.at(lowest, group, share)
    return lowest[group]
