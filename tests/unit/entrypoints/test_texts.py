"""Every text that people read is there, in English and in Arabic."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build.paths import ROOT
from mizan.entrypoints.field_texts import FIELDS, message_of
from mizan.entrypoints.problem_texts import KINDS, THINGS, Text
from mizan.entrypoints.validation_errors import CODES

ARABIC = re.compile("[\u0600-\u06ff]")
CODE = re.compile("[a-z][a-z0-9_]*")
SEEN_BY_WORKERS_ONLY = {
    "callback",
    "ledger-transaction",
    "merchant account",
}  # what queues name; no caller asks for them
TEXTS = [
    *(text for kind in KINDS.values() for text in (kind.title, kind.detail)),
    *THINGS.values(),
    *FIELDS.values(),
]


def _calls(*names: str) -> Iterator[ast.Call]:
    for folder in (ROOT / "shared" / "mizan", ROOT / "functions"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                    yield node


def _literals(position: int, *names: str) -> set[str]:
    arguments = [call.args[position] for call in _calls(*names) if len(call.args) > position]
    values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    return {value for value in values if isinstance(value, str)}


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.en[:30])
def test_a_text_is_in_both_languages(text: Text) -> None:
    """English without Arabic letters, Arabic with them, each ending as a sentence does or not at all."""
    assert text.en.strip()
    assert ARABIC.search(text.en) is None
    assert ARABIC.search(text.ar)


def test_every_code_that_the_program_names_has_its_message() -> None:
    """A code without a text would be answered by the general one."""
    named = _literals(1, "FieldError", "InvalidInputError.of", "WrongField", "_matching")
    named |= _literals(0, "PydanticCustomError")

    assert {"unknown_service", "bad_cpr", "not_an_object"} <= named  # the search finds what is known to be there
    assert named <= set(FIELDS)
    assert set(CODES.values()) <= set(FIELDS)
    assert all(CODE.fullmatch(code) for code in FIELDS)


def test_every_kind_of_object_that_can_be_missing_has_its_text() -> None:
    """NotFoundError names a kind; the caller reads a sentence."""
    assert _literals(0, "NotFoundError") - SEEN_BY_WORKERS_ONLY <= set(THINGS)


def test_webhook_addresses_are_refused_by_codes_that_have_messages() -> None:
    """These come out of a variable, where the search above cannot see them."""
    source = Path(ROOT / "shared/mizan/adapters/notifications/targets.py").read_text(encoding="utf-8")

    codes = set(re.findall(r'"(url_[a-z_]+)"', source))

    assert codes
    assert codes <= set(FIELDS)


def test_an_unknown_code_still_gets_a_message() -> None:
    """An answer without a text is worse than one with a general text."""
    assert message_of("never_heard_of") == FIELDS["not_accepted"]
