"""`python -m infra.build.openapi_document APP_DIR`: merge every function's routes into one OpenAPI document.

The routes come from the handlers; what is the same everywhere (problems, keys, correlation) is added here once.
"""

import ast
import hashlib
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from infra.build import openapi_parts as parts

Document = dict[str, Any]
Demands = dict[tuple[str, str], "Demand"]
_ASKERS = ("caller_of", "person_of")
_GENERATED = ("HTTPValidationError", "ValidationError", "ResponseValidationError")  # the framework's errors, not ours


@dataclass(frozen=True)
class Demand:
    """What a handler asks of who calls: scopes, and whether it has to be a person."""

    scopes: list[str]
    needs_person: bool


def main(app_dir: Path) -> None:
    modules = [_module_of(path) for path in sorted((app_dir / "functions").glob("*/handler.py"))]
    document = merge([module for module in modules if hasattr(module, "app")])
    document["info"]["x-build"] = fingerprint(app_dir)
    (app_dir / "openapi.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def merge(modules: list[ModuleType]) -> Document:
    """One document of the apps of these handler modules. Raises ValueError where two disagree about a model."""
    merged = OpenAPIMerge(on_conflict="error", **parts.INFORMATION)
    seen: Document = {}
    demands: Demands = {}
    for module in modules:
        schema = json.loads(module.app.get_openapi_json_schema())
        _refuse_second_meanings(seen, schema["components"]["schemas"], module.__name__)
        demands |= {(path, method): _demand_of(module) for path, method, _ in operations(schema)}
        merged.add_schema(schema)
    document: Document = json.loads(merged.get_openapi_json_schema())
    _complete(document, demands)
    return document


def fingerprint(app_dir: Path) -> str:
    """Twelve hex digits over every staged source."""
    digest = hashlib.sha256()
    for path in sorted(app_dir.rglob("*.py")):
        digest.update(f"{path.relative_to(app_dir)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _module_of(path: Path) -> ModuleType:
    module = importlib.import_module(f"functions.{path.parent.name}.handler")
    if Path(str(module.__file__)) != path:
        raise ValueError(f"{module.__file__} was found before {path}")
    return module


def _refuse_second_meanings(seen: Document, schemas: Document, where: str) -> None:
    for name, schema in schemas.items():
        if seen.setdefault(name, schema) != schema:
            raise ValueError(f"{where}: another function's model is called {name} too")


def _demand_of(module: ModuleType) -> Demand:
    """The scopes that a handler asks `caller_of` or `person_of` for: literals, or names of the module.

    Raises ValueError where it asks both: one function, one kind of caller.
    """
    scopes: set[str] = set()
    askers: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKERS:
            scope = node.args[1]
            scopes.add(str(scope.value) if isinstance(scope, ast.Constant) else getattr(module, ast.unparse(scope)))
            askers.add(node.func.id)
    if len(askers) > 1:
        raise ValueError(f"{module.__name__} asks for a person in one place and for any caller in another")
    return Demand(sorted(scopes), needs_person="person_of" in askers)


def _complete(document: Document, demands: Demands) -> None:
    components = document["components"]
    for name in _GENERATED:
        components["schemas"].pop(name, None)
    components |= {
        "securitySchemes": parts.SECURITY_SCHEMES,
        "responses": parts.RESPONSES,
        "parameters": parts.PARAMETERS,
    }
    components["schemas"] |= parts.SCHEMAS
    document["paths"] |= parts.GATEWAY_PATHS
    for path, method, operation in operations(document):
        if path.startswith("/v1/"):
            demand = demands[path, method]
            parts.complete_operation(path, method, operation, demand.scopes, needs_person=demand.needs_person)
        elif path not in parts.GATEWAY_PATHS:
            operation["responses"].pop("422", None)
            operation["security"] = []
    document["paths"] = dict(sorted(document["paths"].items()))


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """(path, method, operation) of each."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
