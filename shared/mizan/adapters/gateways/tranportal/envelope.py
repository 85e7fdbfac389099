"""The family's outer JSON: an array of one object, who speaks in clear and the rest in trandata; or an error (rails 1).

Numbers are kept as their text: no float.
"""

import json
from typing import NoReturn

from mizan.adapters.gateways.reading import UnreadableError
from mizan.domain.accounts import MerchantAccount

STATUS_OK, STATUS_REFUSED = "1", "2"


class TranportalRefusedError(ValueError):
    """The gateway answered with an error in place of trandata; `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def envelope(account: MerchantAccount, trandata: str) -> bytes:
    """What goes over the line."""
    return json.dumps([{"id": account.terminal_id, "trandata": trandata}], separators=(",", ":")).encode("utf-8")


def sealed_part(body: bytes) -> str:
    """The trandata of an answer. Raises UnreadableError, or TranportalRefusedError with the gateway's code."""
    fields = read_object(body)
    status = fields.get("status")
    if status == STATUS_REFUSED:
        raise TranportalRefusedError(error_code(fields))
    if status != STATUS_OK:
        raise UnreadableError("status")
    return fields.get("trandata", "")


def error_code(fields: dict[str, str]) -> str:
    """`error`, or the code that starts `errorText`. Raises UnreadableError when there is neither."""
    code = fields.get("error", "").strip() or fields.get("errorText", "").partition("-")[0].strip()
    if not code:
        raise UnreadableError("error")
    return code


def read_object(text: str | bytes) -> dict[str, str]:
    """The one object of an array of one (or a bare object); values are texts, numbers as they were written.

    Raises UnreadableError on anything else, nesting bombs included.
    """
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        raise UnreadableError("not an array of one object")
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON
