"""`POST /payment/API/tranportal.htm`: what became of a payment (action 8). Other actions are refused as not enabled."""

from __future__ import annotations

from . import crypto, messages
from .errors import GatewayRefusalError
from .initiation import open_request
from .transactions import RESULTS
from .world import World

COLUMNS = {"TRACKID": "track_id", "PAYMENTID": "payment_id", "TRANSID": "tran_id", "SEQNUM": "rrn"}
"""`udf5` says what `transId` holds; SeqNum is the RRN [m]."""


class InquiryUnavailableError(Exception):
    """A script makes the gateway answer 503."""


def inquire(world: World, body: bytes) -> dict[str, str]:
    """The answer with fresh trandata. Raises GatewayRefusalError (0100263 not found), InquiryUnavailableError."""
    with world.store.write() as session:
        merchant, fields = open_request(session, body)
        if messages.text_field(fields, "action") != messages.INQUIRY:
            raise GatewayRefusalError("IPAY0100124", "only inquiries are enabled")
        column = COLUMNS.get(messages.text_field(fields, "udf5").upper())
        if column is None:
            raise GatewayRefusalError("IPAY0100036")
        messages.read_amount(fields)
        transaction = session.transaction_by(merchant.terminal_id, column, messages.text_field(fields, "transId"))
        track_id = messages.read_track_id(fields)
        script = session.take_script("inquiry", terminal_id=merchant.terminal_id, track_id=track_id)
    if script is not None:
        raise InquiryUnavailableError
    if transaction is None or transaction.state not in RESULTS:
        raise GatewayRefusalError("IPAY0100263")
    return {"status": "1", "trandata": crypto.encrypt(merchant.resource_key, messages.outcome_text(transaction))}
