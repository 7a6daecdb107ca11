# SPDX-License-Identifier: Apache-2.0
"""From the cells of a user's file to keys and figures: one module a step, private to sources.

``header`` finds the headings, ``layout`` and ``body`` write the sheet down row by row,
``keys`` and ``figures`` understand labels and numbers, ``totals`` checks sums, ``assemble``
makes the clean table. ``ages``, ``years`` and ``places`` know what labels mean; words of every
kind stand in ``sources._words``.
"""
