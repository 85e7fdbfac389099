"""The repository's own Python files and what they import, read and never executed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.build.paths import ROOT

MIZAN = ROOT / "shared" / "mizan"
FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Source:
    """`module` as it is imported: `mizan.domain.money`, `functions.create_invoice.handler`."""

    path: Path
    module: str
    tree: ast.Module


@cache
def sources() -> tuple[Source, ...]:
    """Every module of `mizan` and of the functions."""
    found = []
    for root, base in ((MIZAN, MIZAN.parent), (FUNCTIONS, ROOT)):
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Source(path, module, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def imports_of(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever it stands; `from a import b` is `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
