"""The `RefundGateway` of MPGS: REFUND under our own transaction id, retrieved by the same (rails 2).

Not verified against a live gateway. From memory [m]: that the same PUT transaction id is one refund however often it
comes, and how an unknown transaction is spoken of. `void` takes back a whole capture before it settles; its shape is
from memory too, and nothing in the platform asks for it by itself.
"""

from collections.abc import Callable
from typing import Any

from mizan.adapters.gateways.mpgs import answers, codes, messages
from mizan.adapters.gateways.mpgs.answers import MpgsRefusedError
from mizan.adapters.gateways.mpgs.exchange import ask
from mizan.adapters.gateways.reading import UnreadableError, is_track_id, object_of, text_of, track_id_of, word_of
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError
from mizan.domain.payments import Capture, Decline

OUTCOMES = {
    codes.SUCCESS: RefundOutcome.COMPLETED,
    codes.PENDING: RefundOutcome.PENDING,
    codes.FAILURE: RefundOutcome.FAILED,
}
"""A transaction's `result`; UNKNOWN and whatever else is unknown."""

REFUND, VOID = "REFUND", "VOID_PAYMENT"
VOID_TYPES = frozenset({VOID, "VOID_CAPTURE"})
"""`transaction.type` of a void [m]."""


class MpgsRefunds:
    """Implements `RefundGateway`."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or HttpTransport()

    def refund(self, account: MerchantAccount, request: RefundRequest) -> RefundResult:
        """See `RefundGateway.refund`. Any answer that is no verdict leaves the outcome unknown."""
        ids = (request.original_track_id, request.track_id)
        return self._put(
            account,
            ids,
            messages.refund(request.amount, request.currency),
            lambda body: read_refund(body, ids, amount=request.amount, currency=request.currency),
        )

    def inquire_refund(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, original_track_id: str = ""
    ) -> RefundResult:
        """See `RefundGateway.inquire_refund`: a transaction is found under the order that it belongs to."""
        ids = (original_track_id, track_id)
        _must_fit(*ids)
        try:
            return ask(
                self._transport,
                account,
                "GET",
                messages.transaction_url(account, *ids),
                lambda body: read_refund(body, ids, amount=amount, currency=currency),
                is_safe=True,
            )
        except MpgsRefusedError as error:
            if error.is_not_found:
                return RefundResult(RefundOutcome.NOT_FOUND, track_id)
            raise GatewayUnavailableError(f"inquiry refused: {error.cause}") from error

    def void(
        self, account: MerchantAccount, *, track_id: str, original: Capture, original_track_id: str
    ) -> RefundResult:
        """Release a whole capture before it settles, under a transaction id of ours. The order is CANCELLED then, which
        an inquiry reads as voided.

        Raises GatewayUnavailableError when nothing can have happened, OutcomeUnknownError on anything unreadable.
        """
        ids = (original_track_id, track_id)
        target = original.transaction.rpartition("/")[2]
        return self._put(account, ids, messages.void(target), lambda body: read_void(body, ids))

    def _put(
        self, account: MerchantAccount, ids: tuple[str, str], body: bytes, read: Callable[[bytes], RefundResult]
    ) -> RefundResult:
        _must_fit(*ids)
        try:
            return ask(self._transport, account, "PUT", messages.transaction_url(account, *ids), read, body=body)
        except MpgsRefusedError as error:
            decline = Decline(error.cause, *codes.REFUND_REFUSED_TEXT)
            return RefundResult(RefundOutcome.FAILED, ids[1], decline=decline)


def read_refund(body: bytes, ids: tuple[str, str], *, amount: int, currency: str) -> RefundResult:
    """A refund of another amount or currency than the one asked for is UNKNOWN: a case for people.

    Raises UnreadableError or MpgsRefusedError.
    """
    result, transaction = _read(body, ids, frozenset({REFUND}))
    if result.outcome is not RefundOutcome.COMPLETED:
        return result
    found = answers.currency_of(transaction)
    if (answers.read_fils(text_of(transaction, "amount"), found), found) != (amount, currency):
        return RefundResult(RefundOutcome.UNKNOWN, result.track_id, result.transaction, rrn=result.rrn)
    return result


def read_void(body: bytes, ids: tuple[str, str]) -> RefundResult:
    """Raises UnreadableError or MpgsRefusedError."""
    return _read(body, ids, VOID_TYPES)[0]


def _read(body: bytes, ids: tuple[str, str], types: frozenset[str]) -> tuple[RefundResult, dict[str, Any]]:
    """What a transaction under `ids` (order, its own) says. Raises UnreadableError when it is another's."""
    fields = answers.open_answer(body)
    transaction = object_of(fields, "transaction")
    track_id = track_id_of(transaction, "id")
    if track_id_of(object_of(fields, "order"), "id") != ids[0] or text_of(transaction, "type") not in types:
        raise UnreadableError("another transaction")
    outcome = OUTCOMES.get(text_of(fields, "result"), RefundOutcome.UNKNOWN)
    name, rrn = f"{ids[0]}/{track_id}", word_of(transaction, "receipt")
    if outcome is RefundOutcome.FAILED:
        code = answers.gateway_code(fields) or codes.UNSTATED_CODE
        return RefundResult(outcome, track_id, decline=Decline(code, *codes.REFUND_DECLINED_TEXT)), transaction
    return RefundResult(outcome, track_id, name, rrn=rrn), transaction


def _must_fit(original_track_id: str, track_id: str) -> None:
    """Raises GatewayUnavailableError, before anything is sent, on ids that MPGS would not take from us."""
    if not (original_track_id and track_id and is_track_id(original_track_id) and is_track_id(track_id)):
        raise GatewayUnavailableError("a refund needs its own id and its order's")
