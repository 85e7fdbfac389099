"""Scripted outcomes: what happens to the next payment, refund or payout of a terminal, or to one track id.

Outcomes and the step they act on:

initiate  timeout               nothing is created or charged; the caller waits `hang_seconds`, then gets 504
                                (`drop_connection` true: the line is dropped instead)
          timeout_then_success  the same for the caller, but the payment exists, is charged, and is never notified
          refuse                `status:"2"` with `code` (default IPAY0100008)
pay       success, decline (`code`, default 05), cancel, denied_by_risk, host_timeout
          no_callback           charged; the notification never comes, and nothing is voided
          duplicate_callbacks   charged; the same bytes arrive `callbacks` times (default 3)
          delayed_callback      charged; the notification comes after `delay_seconds` (default 5)
          wrong_amount          charged another amount: `amount` as decimal text (default: one dinar more)
          wrong_currency        charged the same figures of other money, KWD (for wires that name a currency)
          forged_callback       nothing is charged; a notification claims CAPTURED, made with another key,
                                or with the terminal's own when `forged_with` is "terminal"
          truncated_callback    charged; the notification's trandata is cut in half
          error_notice          the page fails: plain fields are posted to errorURL
          void_after            charged, notified, acknowledged, and reversed all the same after `delay_seconds` (5)
refund    refund_success        what happens without a script too
          refund_timeout        nothing is refunded; 504 after `hang_seconds` (0), or `drop_connection`
          refund_timeout_then_success  the same for the caller, but the money went back
          refund_decline        NOT CAPTURED with `code` (05), or `status:"2"` when it is one of the gateway's own
          refund_processing     PROCESSING; after `delay_seconds` (5) CAPTURED, or NOT CAPTURED where `code` is given
payout    payout_success        settled at once: what happens without a script too
          payout_pending        after `delay_seconds` (5) settled, or rejected with `code` where it is given
          payout_rejected       refused at once with `code` (AC04)
          payout_returned       settled, and sent back by the payee's bank with `code` (AC04) after `delay_seconds` (5)
          payout_timeout        nothing is paid; 504 after `hang_seconds` (0), or `drop_connection`
          payout_timeout_then_success  the same for the caller, but it was paid
inquiry   inquiry_unavailable   the next `times` inquiries answer 503

`inquiry_unavailable: N` may also be added to any other outcome. Of a refund, `track_id` is that of the payment it
refunds; of a payout, `terminal_id` is the bank's client and `track_id` the payout id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import amounts
from .errors import ERROR_TEXTS, RETURN_REASONS, AnswerLostError, ControlError

INITIATE_OUTCOMES = frozenset({"timeout", "timeout_then_success", "refuse"})
PAY_OUTCOMES = frozenset(
    {
        "success",
        "decline",
        "cancel",
        "denied_by_risk",
        "host_timeout",
        "no_callback",
        "duplicate_callbacks",
        "delayed_callback",
        "wrong_amount",
        "wrong_currency",
        "forged_callback",
        "truncated_callback",
        "error_notice",
        "void_after",
    }
)
REFUND_OUTCOMES = frozenset(
    {"refund_success", "refund_timeout", "refund_timeout_then_success", "refund_decline", "refund_processing"}
)
PAYOUT_OUTCOMES = frozenset(
    {
        "payout_success",
        "payout_pending",
        "payout_rejected",
        "payout_returned",
        "payout_timeout",
        "payout_timeout_then_success",
    }
)
INQUIRY_OUTCOME = "inquiry_unavailable"
OUTCOMES = INITIATE_OUTCOMES | PAY_OUTCOMES | REFUND_OUTCOMES | PAYOUT_OUTCOMES | {INQUIRY_OUTCOME}
DEFAULT_CODES = {"refuse": "IPAY0100008", "refund_decline": "05", "payout_rejected": "AC04", "payout_returned": "AC04"}
BACK_CODES = {
    "refund": re.compile(rf"|[0-9]{{2}}|{'|'.join(ERROR_TEXTS)}"),
    "payout": re.compile(rf"|{'|'.join(RETURN_REASONS)}"),
}
DEFAULT_DELAYS = {"delayed_callback": 5.0, "void_after": 5.0} | dict.fromkeys(
    ("refund_processing", "payout_pending", "payout_returned"), 5.0
)
REPEAT_MAX = 1000
HANG_SECONDS_MAX = 3600
DELAY_SECONDS_MAX = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Script:
    """One stored step of a scenario. `amount_fils` None keeps the asked amount; `times` counts the uses left."""

    outcome: str
    phase: str
    times: int = 1
    code: str = ""
    amount_fils: int | None = None
    callbacks: int = 1
    delay_seconds: float = 0.0
    hang_seconds: float = 0.0
    drop_connection: bool = False
    forged_with: str = "other"

    @property
    def notified_after_seconds(self) -> float:
        """What `delay_seconds` puts off may be something else than the notification."""
        return self.delay_seconds if self.outcome == "delayed_callback" else 0.0

    def lost_answer(self) -> AnswerLostError:
        return AnswerLostError(self.outcome, self.hang_seconds, drop_connection=self.drop_connection)


SUCCESS = Script("success", "pay")


def parse(body: dict[str, Any]) -> list[Script]:
    """The steps of a POST /sandbox/scenarios body. Raises ControlError naming the first wrong field."""
    outcome = body.get("outcome")
    if outcome not in OUTCOMES:
        raise ControlError(422, "unknown_outcome", f"outcome is one of {sorted(OUTCOMES)}")
    blocked = _whole(body, INQUIRY_OUTCOME, 0)
    if outcome == INQUIRY_OUTCOME:
        return [Script(INQUIRY_OUTCOME, "inquiry", times=_whole(body, "times", max(blocked, 1)))]
    scripts = [next(make for outcomes, make in MAKERS if outcome in outcomes)(outcome, body)]
    if blocked:
        scripts.append(Script(INQUIRY_OUTCOME, "inquiry", times=blocked))
    return scripts


def _initiate_script(outcome: str, body: dict[str, Any]) -> Script:
    code = _text(body, "code", DEFAULT_CODES["refuse"])
    if outcome == "refuse" and code not in ERROR_TEXTS:
        raise ControlError(422, "unknown_code", f"code is one of {sorted(ERROR_TEXTS)}")
    return Script(
        outcome,
        "initiate",
        times=_whole(body, "times", 1),
        code=code,
        hang_seconds=_seconds(body, "hang_seconds", 30.0),
        drop_connection=body.get("drop_connection") is True,
    )


def _pay_script(outcome: str, body: dict[str, Any]) -> Script:
    amount = _text(body, "amount", "")
    try:
        amount_fils = amounts.to_fils(amount) if amount else None
    except ValueError as error:
        raise ControlError(422, "bad_amount", str(error)) from error
    return Script(
        outcome,
        "pay",
        times=_whole(body, "times", 1),
        code=_text(body, "code", "05"),
        amount_fils=amount_fils,
        callbacks=_whole(body, "callbacks", 3 if outcome == "duplicate_callbacks" else 1),
        delay_seconds=_seconds(body, "delay_seconds", DEFAULT_DELAYS.get(outcome, 0.0)),
        forged_with="terminal" if body.get("forged_with") == "terminal" else "other",
    )


def _back_script(outcome: str, body: dict[str, Any]) -> Script:
    """Of money that goes back: a refund, or a payout."""
    phase = outcome.partition("_")[0]
    code = _text(body, "code", DEFAULT_CODES.get(outcome, ""))
    if BACK_CODES[phase].fullmatch(code) is None:
        raise ControlError(422, "unknown_code", f"{phase} codes: {BACK_CODES[phase].pattern}")
    return Script(
        outcome,
        phase,
        times=_whole(body, "times", 1),
        code=code,
        delay_seconds=_seconds(body, "delay_seconds", DEFAULT_DELAYS.get(outcome, 0.0)),
        hang_seconds=_seconds(body, "hang_seconds", 0.0),
        drop_connection=body.get("drop_connection") is True,
    )


MAKERS: tuple[tuple[frozenset[str], Callable[[str, dict[str, Any]], Script]], ...] = (
    (INITIATE_OUTCOMES, _initiate_script),
    (PAY_OUTCOMES, _pay_script),
    (REFUND_OUTCOMES | PAYOUT_OUTCOMES, _back_script),
)


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= REPEAT_MAX:
        raise ControlError(422, "bad_number", f"{name} is a whole number up to {REPEAT_MAX}")
    return value


def _seconds(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    longest = HANG_SECONDS_MAX if name == "hang_seconds" else DELAY_SECONDS_MAX
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= longest:
        raise ControlError(422, "bad_number", f"{name} is a number of seconds up to {longest}")
    return float(value)


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise ControlError(422, "bad_text", f"{name} is a text")
    return value
