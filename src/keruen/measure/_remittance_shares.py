# SPDX-License-Identifier: Apache-2.0
"""Kernels of the bilateral remittance matrix: weights of corridors, and totals shared by them."""

from __future__ import annotations

import numpy as np

from keruen.measure._checks import Floats, Mask


def income_gap_weight(receiver: Floats, sender: Floats, beta: float) -> Floats:
    """What a migrant is assumed to send, ``[..., receiver, sender]``, by both incomes.

    The income at home where that abroad is lower, else the income at home and the gap to
    the power beta.
    """
    gap = np.maximum(sender[..., None, :] - receiver[..., :, None], 0.0)
    weight: Floats = receiver[..., :, None] + gap**beta
    return weight


def shares(stock: Floats, weight: Floats, known: Mask) -> Floats:
    """Share of each corridor in the total of its row, ``[..., row, column]``.

    Corridors without a weight take their share of the people; the others divide the rest
    in proportion to people times weight. Rows without people are 0.
    """
    people = stock.sum(axis=-1, keepdims=True)
    by_people = np.divide(stock, people, out=np.zeros_like(stock), where=people > 0)
    pull = np.where(known, stock * weight, 0.0)
    whole = pull.sum(axis=-1, keepdims=True)
    rest = np.where(known, by_people, 0.0).sum(axis=-1, keepdims=True)
    by_weight = np.divide(pull, whole, out=np.zeros_like(pull), where=whole > 0)
    # A row whose known weights are all 0 has nothing to divide by: people decide.
    share: Floats = np.where(known & (whole > 0), rest * by_weight, by_people)
    return share


def shared_out(total: Floats, share: Floats, fixed: Floats) -> tuple[Floats, Floats]:
    """Amounts ``[..., row, column]`` that add to the totals ``[..., row]``, and what is left.

    ``fixed`` holds known amounts and is missing elsewhere. What is left belongs to rows
    without a corridor that may take it.
    """
    set_aside = np.nansum(fixed, axis=-1)
    open_share = np.where(np.isnan(fixed), share, 0.0)
    whole = open_share.sum(axis=-1)
    rest = total - set_aside
    factor = np.divide(rest, whole, out=np.zeros_like(rest), where=whole > 0)
    amount = np.where(np.isnan(fixed), open_share * factor[..., None], fixed)
    left = np.where(np.isnan(total), np.nan, np.where(whole > 0, 0.0, rest))
    return np.where(np.isnan(total)[..., None], np.nan, amount), left
