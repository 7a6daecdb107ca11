# SPDX-License-Identifier: Apache-2.0
"""Maintainers' script that makes the embedded data; see ``__main__``."""
