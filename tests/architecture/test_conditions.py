"""No arithmetic in a condition, no fraction near money: what the local engine forgives, AWS and auditors do not."""

import ast
import contextlib
import re
from collections.abc import Iterator
from functools import cache

import pytest

from infra.build.paths import ROOT
from tests.architecture.sources import MIZAN, Source, sources

CONDITIONS = {"ConditionExpression", "FilterExpression", "KeyConditionExpression"}
TOKEN = re.compile(
    r"\s*(?:AND|OR|NOT|BETWEEN|IN|attribute_(?:not_)?exists|attribute_type|begins_with|contains|size|"
    r"[#:]?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|<>|<=|>=|[<>=(),])"
)
SECONDS = {
    ("mizan.application.resolve_payment", "sleep"),
    ("mizan.application.resolve_payment", "BACKOFF_SECONDS"),
    ("mizan.application.trying_again", "Sleep"),
    ("mizan.application.trying_again", "BACKOFF_SECONDS"),
}
"""The fractions that may stand in the use cases: seconds to wait. None is near an amount."""


def is_sound(condition: str) -> bool:
    """Made of names, comparisons and AWS's functions alone. ministack accepts `paid + :a <= due`, which AWS refuses."""
    position = 0
    while position < len(condition.rstrip()):
        match = TOKEN.match(condition, position)
        if match is None or match.end() == position:
            return False
        position = match.end()
    return position > 0


@cache
def infra_trees() -> tuple[tuple[str, ast.Module], ...]:
    """The set-up code writes to the table too; the sandbox gateway is another application with another store."""
    paths = [path for path in sorted((ROOT / "infra").rglob("*.py")) if "sandbox_gateway" not in path.parts]
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def trees() -> list[tuple[str, ast.Module]]:
    return [*((source.module, source.tree) for source in sources()), *infra_trees()]


@cache
def constants() -> dict[str, list[str]]:
    """Every name that is given a readable string anywhere, with all the strings it is given: clauses are named."""
    found: dict[str, list[str]] = {}
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                with contextlib.suppress(LookupError):
                    found.setdefault(node.targets[0].id, []).extend(texts_of(node.value, {}))
    return found


def texts_of(node: ast.expr, names: dict[str, list[str]]) -> list[str]:
    """Every string that an expression may be. Raises LookupError on what cannot be read from the source."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Constant():
            return []
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in names:
            return names[name]
        case ast.IfExp(body=body, orelse=orelse):
            return texts_of(body, names) + texts_of(orelse, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a in texts_of(left, names) for b in texts_of(right, names)]
        case ast.JoinedStr(values=values):
            texts = [""]
            for value in values:
                part = value.value if isinstance(value, ast.FormattedValue) else value
                texts = [text + tail for text in texts for tail in texts_of(part, names)]
            return texts
    raise LookupError(ast.unparse(node))


def conditions() -> Iterator[tuple[str, ast.expr]]:
    """Where each condition stands, and the expression that makes it."""
    for module, tree in trees():
        for node in ast.walk(tree):
            found: list[tuple[object, ast.expr]] = []
            if isinstance(node, ast.Call):
                found = [(keyword.arg, keyword.value) for keyword in node.keywords]
            elif isinstance(node, ast.Dict):
                found = [
                    (key.value, value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                ]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                key = node.targets[0].slice
                found = [(key.value, node.value)] if isinstance(key, ast.Constant) else []
            yield from ((f"{module}:{value.lineno}", value) for name, value in found if name in CONDITIONS)


def test_no_condition_calculates() -> None:
    """Every condition in the code can be read from the source, and none holds arithmetic."""
    texts = [(where, text) for where, node in conditions() for text in texts_of(node, constants())]

    assert [(where, text) for where, text in texts if not is_sound(text)] == []
    assert len(texts) >= 20


@pytest.mark.parametrize(
    "condition",
    ["paid + :a <= due", "outstanding - :a >= :zero", "outstanding >= :a - :b", "a = :b * 2", "", "a = :b; drop"],
)
def test_the_lint_sees_arithmetic(condition: str) -> None:
    """A check that accepts everything would pass above."""
    assert not is_sound(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "attribute_not_exists(pk)",
        "#state = :state AND outstanding >= :a",
        "attribute_not_exists(pk) OR (fence < :now AND NOT contains(tags, :x)) AND sk BETWEEN :a AND :b",
    ],
)
def test_the_lint_lets_conditions_be_conditions(condition: str) -> None:
    """Names, comparisons and AWS's functions are all right."""
    assert is_sound(condition)


def is_money_code(source: Source) -> bool:
    return source.path.is_relative_to(MIZAN / "domain") or source.path.is_relative_to(MIZAN / "application")


def owners_of(tree: ast.Module) -> dict[int, str]:
    """Which assigned name or argument each node belongs to, by the node's id."""
    owners: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            owners |= {id(child): node.targets[0].id for child in ast.walk(node.value)}
        if isinstance(node, ast.arg) and node.annotation is not None:
            owners |= {id(child): node.arg for child in ast.walk(node.annotation)}
    return owners


def is_division_of_numbers(node: ast.AST) -> bool:
    """`folder / name` joins a path; every other true division makes a fraction."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
        return False
    return not ast.unparse(node.left).endswith("folder")


def fractions_of(source: Source) -> Iterator[tuple[str, str, int]]:
    """Module, owner and line of every fraction: the type, a call of it, a literal, a true division."""
    owners = owners_of(source.tree)
    for node in ast.walk(source.tree):
        is_type = isinstance(node, ast.Name) and node.id in {"float", "Decimal"}
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if is_type or is_literal or is_division_of_numbers(node):
            yield source.module, owners.get(id(node), ""), getattr(node, "lineno", 0)


def test_no_fraction_stands_in_the_domain_or_the_use_cases() -> None:
    """Amounts are whole fils: no float, no Decimal, no true division; seconds to wait are the named exception."""
    found = [row for source in sources() if is_money_code(source) for row in fractions_of(source)]

    assert [row for row in found if row[:2] not in SECONDS] == []
    assert {row[:2] for row in found} == SECONDS


@pytest.mark.parametrize(
    "code",
    ["def f(amount: float) -> int: ...", "x = float('1.5')", "amount = 1.5", "fee = amount / 2", "x: list[float]"],
)
def test_the_search_for_fractions_finds_them(code: str) -> None:
    """A check that finds nothing would pass above."""
    source = Source(MIZAN / "domain" / "sample.py", "mizan.domain.sample", ast.parse(code))

    assert list(fractions_of(source))
