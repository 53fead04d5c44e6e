"""Every action that the product records in its ledger, read from the source: from the calls that write, back to the words that reach them."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.architecture.documents import ROOT, nodes_of, product, tree_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
WRITERS = {("idp.core.ledger", "record"), ("idp.core.ledger", "note")}
ACTION = 1
"""The place of the action among the arguments of those that write."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A function that passes the word on which it gets at this place (a method's `self` not counted), behind a fixed beginning."""

    place: int
    name: str
    beginning: str


@dataclass(slots=True)
class Module:
    """What a module defines and what it imports: functions with the class they stand in, constants, and where names come from."""

    name: str
    functions: list[tuple[Function, bool]] = field(default_factory=list)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def modules() -> Mapping[str, Module]:
    read = (_read(path) for path in product())
    return {module.name: module for module in read}


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    tree = tree_of(path)
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.imported |= {one.asname or one.name: (node.module, one.name) for one in node.names}
        elif isinstance(node, ast.ClassDef):
            module.functions += [(one, True) for one in node.body if isinstance(one, Function)]
    methods = {id(one) for one, _ in module.functions}
    module.functions += [(one, False) for one in nodes_of(path) if isinstance(one, Function) and id(one) not in methods]
    for statement in tree.body:
        for target, value in _assigned(statement):
            module.constants[target] = value
    return module


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((one.id, node.value) for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value


def recorded() -> tuple[set[str], set[str]]:
    """The actions, and the places in the source where none can be read."""
    passing: dict[tuple[str, str], set[Passed]] = {one: {Passed(ACTION, "action", "")} for one in WRITERS}
    while True:
        actions, unread, more = _swept(passing)
        known = sum(map(len, passing.values()))
        for which, passed in more:
            passing.setdefault(which, set()).add(passed)
        if sum(map(len, passing.values())) == known:
            return actions, unread


Sinks = Mapping[tuple[str, str], set[Passed]]


def _swept(passing: Sinks) -> tuple[set[str], set[str], list[tuple[tuple[str, str], Passed]]]:
    actions: set[str] = set()
    unread: set[str] = set()
    more: list[tuple[tuple[str, str], Passed]] = []
    for module in modules().values():
        for function, method in module.functions:
            if (module.name, function.name) in WRITERS:
                continue
            scope = _Scope(module, function, method)
            for call in _calls(function):
                for passed in _reached(module, call, passing):
                    told = _argument(call, passed)
                    for word in scope.words(told) if told is not None else ():
                        if isinstance(word, str):
                            actions.add(passed.beginning + word)
                        elif isinstance(word, Passed):
                            here = "*" if method else module.name
                            on = Passed(word.place, word.name, passed.beginning + word.beginning)
                            more.append(((here, function.name), on))
                        else:
                            unread.add(f"{module.name}:{call.lineno}")
    return actions, unread, more


@cache
def _calls(function: Function) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def _reached(module: Module, call: ast.Call, passing: Sinks) -> set[Passed]:
    """What of those that pass on is called here. A method goes by its name, whatever it belongs to."""
    if isinstance(call.func, ast.Name):
        which = module.imported.get(call.func.id, (module.name, call.func.id))
        return passing.get(which, set())
    if isinstance(call.func, ast.Attribute):
        value = call.func.value
        if isinstance(value, ast.Name) and value.id in module.imported:
            return passing.get((".".join(module.imported[value.id]), call.func.attr), set())
        return passing.get(("*", call.func.attr), set())
    return set()


def _argument(call: ast.Call, passed: Passed) -> ast.expr | None:
    by_name = next((one.value for one in call.keywords if one.arg == passed.name), None)
    return by_name or (call.args[passed.place] if len(call.args) > passed.place else None)


@dataclass(slots=True)
class _Scope:
    module: Module
    function: Function
    method: bool

    def words(self, told: ast.expr, beginning: str = "") -> Iterator[str | Passed | None]:
        """What an expression can be: words, a parameter of the function, or None for what cannot be read."""
        match told:
            case ast.Constant(value=str(word)):
                yield beginning + word
            case ast.IfExp(body=one, orelse=other):
                yield from (*self.words(one, beginning), *self.words(other, beginning))
            case ast.Subscript(value=ast.Name(id=name)) if name in self.module.constants:
                table = self.module.constants[name]
                values = table.values if isinstance(table, ast.Dict) else []
                yield from (word for value in values for word in self.words(value, beginning))
            case ast.JoinedStr(values=[ast.Constant(value=str(begin)), ast.FormattedValue(value=value)]):
                yield from self.words(value, beginning + begin)
            case ast.Name(id=name):
                yield from self._named(name, beginning)
            case _:
                yield None

    def _named(self, name: str, beginning: str) -> Iterator[str | Passed | None]:
        here = [value for node in ast.walk(self.function) for target, value in _assigned(node) if target == name]
        arguments = self.function.args
        positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][int(self.method) :]
        if here:
            yield from (word for value in here for word in self.words(value, beginning))
        elif name in positional or name in {one.arg for one in arguments.kwonlyargs}:
            yield Passed(positional.index(name) if name in positional else 99, name, beginning)
        elif name in self.module.constants:
            yield from self.words(self.module.constants[name], beginning)
        elif name in self.module.imported:
            where, called = self.module.imported[name]
            value = modules()[where].constants.get(called) if where in modules() else None
            yield from self.words(value, beginning) if value is not None else [None]
        else:
            yield None
