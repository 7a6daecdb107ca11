# SPDX-License-Identifier: Apache-2.0
"""How it is told: words, tables, charts, maps and files, in three languages."""
