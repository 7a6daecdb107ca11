# SPDX-License-Identifier: Apache-2.0
"""Every public method of the rooms, read from its documentation, with the commands that use it.

The documentation in the code is the one source: nothing is imported or run to read it, and
nothing is written twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

from keruen.core.errors import CodeError
from keruen.report.docstrings import Documented, read_docstring

Room = Literal["measure", "project", "decide"]
ROOMS: Final[tuple[Room, ...]] = get_args(Room)

_HOME: Final = Path(__file__).parent.parent
_ROOT: Final = "keruen."
_PROFILE: Final = "keruen.report.profile."
_PARTS: Final = "keruen.report.parts."
_IMPORT: Final = re.compile(r"^ *from (keruen\.[\w.]+) import (\([^)]*\)|.+)$", re.MULTILINE)
_SAID: Final = re.compile(r"``(keruen [^`]+)``")


@dataclass(frozen=True)
class CataloguedMethod:
    """A public method.

    Parameters
    ----------
    name : str
        Name by which it is imported, without the package: ``measure.flows.flows_from_stocks``.
    room : {"measure", "project", "decide"}
        Room of the package.
    question : str
        What the module that holds it is about.
    signature : str
        Arguments and result.
    told : Documented
        Its documentation.
    defined : str
        Module that holds it, which need not be the one it is imported from.
    commands : tuple of str
        Commands that use it.
    """

    name: str
    room: Room
    question: str
    signature: str
    told: Documented
    defined: str
    commands: tuple[str, ...]

    @property
    def module(self) -> str:
        """Module that it is imported from."""
        return self.name.rpartition(".")[0]

    @property
    def function(self) -> str:
        """Its name within the module."""
        return self.name.rpartition(".")[2]


@lru_cache(maxsize=1)
def method_catalogue() -> Mapping[str, CataloguedMethod]:
    """Every public function of the rooms of methods.

    Returns
    -------
    mapping of str to CataloguedMethod
        By name, in the order of rooms, modules and files.

    See Also
    --------
    keruen.report.methods : Which method computed a figure of a report.

    Examples
    --------
    >>> method = method_catalogue()["measure.flows.flows_from_stocks"]
    >>> method.room, method.told.summary
    ('measure', 'Bilateral migration flows between two dates, from stocks by birthplace.')
    """
    texts = {module: text for room in ROOMS for module, text in _modules(room)}
    trees = {module: ast.parse(text) for module, text in texts.items()}
    public = _public_names(texts, trees)
    users = _users()
    found = {}
    for module, tree in trees.items():
        for node in tree.body:
            name = public.get((module, getattr(node, "name", "")))
            if isinstance(node, ast.FunctionDef) and name:
                method = _method(name, module, tree, node, users)
                found[method.name] = method
    order = {room: place for place, room in enumerate(ROOMS)}
    return dict(sorted(found.items(), key=lambda one: (order[one[1].room], one[1].module)))


def find_methods(query: str = "", *, room: str = "") -> tuple[CataloguedMethod, ...]:
    """Methods whose name or documentation holds every word of a query.

    Parameters
    ----------
    query : str, optional
        Words; all when empty.
    room : str, optional
        Only those of this room.

    Returns
    -------
    tuple of CataloguedMethod
        Those whose name holds the words stand first.

    Examples
    --------
    >>> found = find_methods("hoover index", room="measure")
    >>> "hoover_index" in [one.function for one in found]
    True
    """
    words = query.casefold().replace("_", " ").split()
    found = []
    for method in method_catalogue().values():
        if room and method.room != room:
            continue
        name = f"{method.name.replace('_', ' ')} {method.told.summary}".casefold()
        whole = f"{name} {method.question} {_text(method.told)}".casefold()
        if all(word in whole for word in words):
            found.append((not all(word in name for word in words), method))
    return tuple(method for _, method in sorted(found, key=lambda one: one[0]))


def method_named(name: str) -> CataloguedMethod:
    """A method by its name.

    Parameters
    ----------
    name : str
        With or without ``keruen.`` before it; that by which it is imported, or that of the
        module which holds it.

    Returns
    -------
    CataloguedMethod

    Raises
    ------
    CodeError
        There is none.

    Examples
    --------
    >>> method_named("keruen.decide.permits.price_curve").room
    'decide'
    """
    plain = name.removeprefix(_ROOT)
    found = method_catalogue().get(plain) or _by_place().get(plain)
    if found is None:
        raise CodeError(f"there is no method '{name}'", remedy="search the catalogue of methods")
    return found


@lru_cache(maxsize=1)
def _by_place() -> dict[str, CataloguedMethod]:
    return {f"{one.defined}.{one.function}": one for one in method_catalogue().values()}


def _modules(room: str) -> Iterator[tuple[str, str]]:
    """Modules of a room by name, and their text."""
    for path in sorted((_HOME / room).rglob("*.py")):
        parts = path.relative_to(_HOME).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        yield _ROOT + name, path.read_text("utf-8")


def _public_names(
    texts: Mapping[str, str], trees: Mapping[str, ast.Module]
) -> dict[tuple[str, str], str]:
    """Name by which each function is imported: that of a module which offers it, else its own."""
    names: dict[tuple[str, str], str] = {}
    for module, tree in trees.items():
        if any(part.startswith("_") for part in module.split(".")):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names.setdefault((module, node.name), f"{module}.{node.name}")
    for module, tree in trees.items():
        offered = _offered(tree)
        for held, name, called in _imported(texts[module]):
            if called in offered:
                names[held, name] = f"{module}.{called}"
    return {key: name.removeprefix(_ROOT) for key, name in names.items()}


def _offered(tree: ast.Module) -> set[str]:
    """What a module names in ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _imported(text: str) -> Iterator[tuple[str, str, str]]:
    """Module, name there and name here of everything that a module imports, wherever it does."""
    for module, names in _IMPORT.findall(text):
        for one in names.strip("()").split(","):
            words = one.partition("#")[0].split()
            if words:
                yield module, words[0], words[-1]


def _users() -> dict[str, tuple[str, ...]]:
    """Commands that import a name, themselves or by a run or page of theirs."""
    imports: dict[str, set[str]] = {}
    commands: dict[str, tuple[str, ...]] = {}
    for room in ("report", "scenario", "cli"):
        for module, text in _modules(room):
            imports[module] = {f"{held}.{name}" for held, name, _ in _imported(text)}
            if room == "cli":
                commands[module] = tuple(_SAID.findall(text.partition("from __future__")[0]))
    users: dict[str, set[str]] = {}
    for module, named in commands.items():
        within = _reached(module, imports)
        if any(one.startswith(_PROFILE) for one in imports[module]):  # parts are found by name
            within |= {one for one in imports if one.startswith(_PARTS)}
            within |= {one for part in within for one in _direct(part, imports)}
        for one in set().union(*(imports[part] for part in within)):
            users.setdefault(one, set()).update(named)
    return {one: tuple(sorted(named)) for one, named in users.items()}


def _reached(module: str, imports: Mapping[str, set[str]]) -> set[str]:
    """A command's module, the runs and pages it imports, and what these import."""
    first = {module} | _direct(module, imports)
    return first | {
        one for part in first for one in _direct(part, imports) if _kin(part) == _kin(one)
    }


def _kin(module: str) -> str:
    """What modules of one run share: the room, and the first word of their names."""
    room, _, name = module.removeprefix(_ROOT).partition(".")
    return room if room == "scenario" else f"{room}.{name.rpartition('.')[2].partition('_')[0]}"


def _direct(module: str, imports: Mapping[str, set[str]]) -> set[str]:
    named = imports[module]
    return ({one.rpartition(".")[0] for one in named} | named) & set(imports)


def _method(
    name: str,
    module: str,
    tree: ast.Module,
    node: ast.FunctionDef,
    users: Mapping[str, tuple[str, ...]],
) -> CataloguedMethod:
    names = {_ROOT + name, f"{module}.{node.name}", f"{module.rpartition('.')[0]}.{node.name}"}
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    room: Room = next(one for one in ROOMS if module.split(".")[1] == one)
    return CataloguedMethod(
        name=name,
        room=room,
        question=(ast.get_docstring(tree) or "").partition("\n")[0],
        signature=f"{node.name}({_arguments(node.args)}){result}",
        told=read_docstring(ast.get_docstring(node) or ""),
        defined=module.removeprefix(_ROOT),
        commands=tuple(sorted({one for key in names for one in users.get(key, ())})),
    )


def _arguments(given: ast.arguments) -> str:
    """Arguments as they are given, one a line where they are several."""
    plain = [*given.posonlyargs, *given.args]
    bare = [None] * (len(plain) - len(given.defaults))
    parts = [_argument(one, to) for one, to in zip(plain, [*bare, *given.defaults], strict=True)]
    if given.vararg or given.kwonlyargs:
        parts.append(f"*{ast.unparse(given.vararg) if given.vararg else ''}")
    parts += [
        _argument(one, to) for one, to in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    if given.kwarg:
        parts.append(f"**{ast.unparse(given.kwarg)}")
    return "".join(f"\n    {part}," for part in parts) + "\n" if len(parts) > 1 else "".join(parts)


def _argument(one: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(one) + ("" if default is None else f" = {ast.unparse(default)}")


def _text(told: Documented) -> str:
    blocks = [block for _, section in told.sections for block in section]
    return " ".join(f"{one.head} {' '.join(one.lines)}" for one in blocks)
