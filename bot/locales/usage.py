"""Which keys the code uses, read from its syntax."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_NAMING = frozenset({"Text", "label"})  # calls whose first argument is a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`named` keys must exist; `written` strings may be keys handed on; `patterns` are built."""

    named: frozenset[str]
    written: frozenset[str]
    patterns: frozenset[str]

    @classmethod
    def of(cls, folder: Path) -> Self:
        trees = [ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        keys = [key for node in nodes for key in _keys(node)]
        return cls(
            named=frozenset(_strings(keys)),
            written=frozenset(_strings(nodes)),
            patterns=frozenset(_pattern(key) for key in keys if isinstance(key, ast.JoinedStr)),
        )

    def uses(self, key: str) -> bool:
        return key in self.written or any(re.fullmatch(one, key) for one in self.patterns)


def _strings(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _keys(node: ast.AST) -> Iterator[ast.expr]:
    """The first argument of a call that names a text; both ends of a choice."""
    if not isinstance(node, ast.Call) or not node.args:
        return
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in _NAMING:
        first = node.args[0]
        yield from (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)


def _pattern(built: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[A-Za-z0-9_]+"
        for part in built.values
    )
