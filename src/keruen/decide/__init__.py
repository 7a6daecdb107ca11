# SPDX-License-Identifier: Apache-2.0
"""What to do: quotas, places and rules, with the reason of every number they propose.

Methods take labelled arrays and return labelled arrays; they read no files, and they decide
about no person: they rank, propose and explain.
"""
