# SPDX-License-Identifier: Apache-2.0
"""``python -m keruen.cli``."""

from keruen.cli import main

if __name__ == "__main__":
    main()
