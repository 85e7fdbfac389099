"""What the validator found, as our own stable codes: callers must not depend on a library's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from mizan.entrypoints.field_texts import FIELDS
from mizan.entrypoints.problems import WrongField

CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
    "mapping_type": "not_an_object",
    "list_type": "not_a_list",
    "string_type": "not_text",
    "string_unicode": "not_text",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "bad_format",
    "int_type": "not_an_integer",
    "int_parsing": "not_an_integer",
    "int_from_float": "not_an_integer",
    "int_parsing_size": "too_large",
    "bool_type": "not_a_boolean",
    "bool_parsing": "not_a_boolean",
    "too_short": "too_few",
    "too_long": "too_many",
    "literal_error": "unknown_value",
    "enum": "unknown_value",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than": "too_large",
    "less_than_equal": "too_large",
}
"""The validator's types to our codes. A type that is itself one of our codes (raised by `schemas`) stays as it is."""

_LIMITS = ("max_length", "min_length", "le", "lt", "ge", "gt", "expected")
_SOURCES = frozenset({"body", "query", "header", "path", "cookie"})


def wrong_fields(errors: Iterable[Mapping[str, Any]]) -> list[WrongField]:
    """Every wrong field, in the validator's order."""
    return [_wrong_field(error) for error in errors]


def _wrong_field(error: Mapping[str, Any]) -> WrongField:
    kind, context = str(error["type"]), error.get("ctx") or {}
    code = CODES.get(kind) or (kind if kind in FIELDS else "not_accepted")
    limit = next((context[name] for name in _LIMITS if name in context), None)
    if kind == "string_too_short" and context.get("min_length") == 1:
        code, limit = "empty", None
    return WrongField(_path(error["loc"]), code, limit)


def header_name(name: str) -> str:
    """As people write it: the framework lowers every header's name."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _path(loc: Iterable[str | int]) -> str:
    source, *rest = [str(part) for part in loc if part != "[key]"]
    if source == "header":
        return header_name(".".join(rest))
    return ".".join(rest if source in _SOURCES else [source, *rest]) or "body"
