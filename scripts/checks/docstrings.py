# SPDX-License-Identifier: Apache-2.0
"""Are the docstrings of public names complete, and true to the signatures?

numpydoc judges them; which of its checks count stands in ``[tool.numpydoc_validation]``
of pyproject.toml. Public functions and classes of the method rooms and of ``core`` need
every section. Elsewhere, and for the methods of a class, one sentence is enough when it
says all; a docstring that has sections must have them right.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from numpydoc.validate import ERROR_MSGS, validate

_FULL = ("core", "measure", "project", "decide")
_SECTIONS = {"PR01", "RT01", "YD01"}
_NAMES = re.compile(r"'\**(\w+)'")


def faults(root: Path, package: str = "keruen") -> list[str]:
    """What numpydoc finds, one line each."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    named = set(settings["tool"]["numpydoc_validation"]["checks"])
    checks = ERROR_MSGS.keys() - named if "all" in named else named
    found = []
    for module in modules(package):
        if not module.__doc__:
            found.append(f"{module.__name__}: GL08 The module does not have a docstring")
        room = module.__name__.split(".")[1] if "." in module.__name__ else ""
        for name, brief in public_names(module):
            brief_is_enough = brief or room not in _FULL
            found += judge(f"{module.__name__}.{name}", checks, brief_is_enough=brief_is_enough)
    return found


def modules(package: str) -> Iterator[ModuleType]:
    """The package and its public modules."""
    top = importlib.import_module(package)
    yield top
    for info in pkgutil.walk_packages(top.__path__, f"{package}."):
        if not any(part.startswith("_") for part in info.name.split(".")):
            yield importlib.import_module(info.name)


def public_names(module: ModuleType) -> Iterator[tuple[str, bool]]:
    """Functions, classes and methods defined in a module; whether one sentence is enough.

    It is for methods, for errors, and for classes that take the constructor of another.
    """
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(thing):
            own = "__init__" in vars(thing) and not hasattr(thing, "_is_protocol")
            yield name, not own or issubclass(thing, BaseException)
            for method, body in vars(thing).items():
                if not method.startswith("_") and callable(getattr(body, "__func__", body)):
                    yield f"{name}.{method}", True
        elif inspect.isroutine(inspect.unwrap(thing)):
            yield name, False


def judge(name: str, checks: set[str], *, brief_is_enough: bool) -> Iterator[str]:
    """Faults of one docstring."""
    try:
        with warnings.catch_warnings(action="ignore"):  # an unknown section is also GL06
            verdict = validate(name)
    except ValueError as error:
        yield f"{name}: {str(error).partition(' in ')[0]}"
        return
    text = verdict["docstring"].strip()
    generated = verdict["type"] == "type" and text.startswith(name.rsplit(".", 1)[-1] + "(")
    if not text or generated:
        yield f"{name}: GL08 {ERROR_MSGS['GL08']}"
        return
    if brief_is_enough and "---" not in text:
        checks = checks - _SECTIONS
    for code, message in verdict["errors"]:
        private = code == "PR01" and all(part.startswith("_") for part in _NAMES.findall(message))
        if code in checks and not private:
            yield f"{name}: {code} {message}"


if __name__ == "__main__":
    found = faults(Path.cwd())
    print(*found, sep="\n")
    sys.exit(bool(found))
