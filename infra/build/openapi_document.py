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
from pathlib import Path
from types import ModuleType
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from infra.build import openapi_parts as parts

Document = dict[str, Any]
Scopes = dict[tuple[str, str], list[str]]
_GENERATED = ("HTTPValidationError", "ValidationError", "ResponseValidationError")  # the framework's errors, not ours


def main(app_dir: Path) -> None:
    modules = [_module_of(path) for path in sorted((app_dir / "functions").glob("*/handler.py"))]
    document = merge([module for module in modules if hasattr(module, "app")])
    document["info"]["x-build"] = fingerprint(app_dir)
    (app_dir / "openapi.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def merge(modules: list[ModuleType]) -> Document:
    """One document of the apps of these handler modules. Raises ValueError where two disagree about a model."""
    merged = OpenAPIMerge(on_conflict="error", **parts.INFORMATION)
    seen: Document = {}
    scopes: Scopes = {}
    for module in modules:
        schema = json.loads(module.app.get_openapi_json_schema())
        _refuse_second_meanings(seen, schema["components"]["schemas"], module.__name__)
        scopes |= {(path, method): _scopes_of(module) for path, method, _ in operations(schema)}
        merged.add_schema(schema)
    document: Document = json.loads(merged.get_openapi_json_schema())
    _complete(document, scopes)
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


def _scopes_of(module: ModuleType) -> list[str]:
    """The scopes that a handler asks `caller_of` for: literals, or names of the module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "caller_of":
            scope = node.args[1]
            found.add(str(scope.value) if isinstance(scope, ast.Constant) else getattr(module, ast.unparse(scope)))
    return sorted(found)


def _complete(document: Document, scopes: Scopes) -> None:
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
            parts.complete_operation(path, method, operation, scopes[path, method])
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
