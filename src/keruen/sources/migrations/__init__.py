# SPDX-License-Identifier: Apache-2.0
"""Tables of the ledger's database, and how they came to be."""
