# SPDX-License-Identifier: Apache-2.0
"""The door of the package: every name it promises is there, and imports nothing before it must."""

from __future__ import annotations

import subprocess
import sys

import pytest

from keruen.decide import points


def test_every_name_is_there() -> None:
    for name in points.__all__:
        assert getattr(points, name) is not None, name
    with pytest.raises(AttributeError, match="has no attribute 'decide_for_me'"):
        _ = points.decide_for_me


def test_draws_wait_until_they_are_asked_for() -> None:
    code = (
        "import sys, keruen.decide.points as p; "
        "print([m for m in sys.modules if 'points.draws' in m or 'points.design' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
