"""Which payment a request of the tranportal is about: `udf5` says what `transId` holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import messages
from .errors import GatewayRefusalError
from .store import Session
from .transactions import Transaction

INQUIRY_COLUMNS = {"TRACKID": "track_id", "PAYMENTID": "payment_id", "TRANSID": "tran_id", "SEQNUM": "rrn"}
"""SeqNum is the RRN [m]."""

REFUND_COLUMNS = INQUIRY_COLUMNS | {"TRANID": "tran_id"}
"""TRANID is a sister gateway's word [weak]."""


def column_of(fields: dict[str, Any], columns: Mapping[str, str]) -> str:
    """Raises GatewayRefusalError IPAY0100036 on a word that is not in the table."""
    column = columns.get(messages.text_field(fields, "udf5").upper())
    if column is None:
        raise GatewayRefusalError("IPAY0100036")
    return column


def find_original(
    session: Session, terminal_id: str, fields: dict[str, Any], columns: Mapping[str, str]
) -> Transaction | None:
    """The terminal's payment that the request names."""
    return session.transaction_by(terminal_id, column_of(fields, columns), messages.text_field(fields, "transId"))
