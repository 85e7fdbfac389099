"""Take a gateway's delivery: one durable write, then the answer. Nothing is decided here."""

from collections.abc import Mapping

from mizan.application.ports import CallbackLog, Clock
from mizan.domain.callbacks import BODY_BYTES_MAX, CallbackKey, RawCallback
from mizan.domain.references import parse_payment_id, payment_id_of_track

HEADER_LENGTH_MAX = 2_000


def receive_callback(
    *,
    gateway: str,
    account_token: str,
    channel: str,
    body: bytes,
    content_type: str,
    correlation_id: str,
    callbacks: CallbackLog,
    clock: Clock,
    headers: Mapping[str, str] | None = None,
) -> CallbackKey:
    """The key of the kept delivery. Unknown tokens are kept too: what is forged is judged later, by the worker.

    `headers`: those to keep with it, by lower-case name. Raises what the store raises: without the write there is no
    acknowledgement, and the gateway voids or sends again.
    """
    return callbacks.record(
        RawCallback(
            gateway=gateway,
            account_token=account_token,
            channel=channel,
            body=body[:BODY_BYTES_MAX],
            content_type=content_type[:200],
            received_at=clock.now(),
            correlation_id=correlation_id,
            is_truncated=len(body) > BODY_BYTES_MAX,
            headers={name: value[:HEADER_LENGTH_MAX] for name, value in (headers or {}).items()},
        )
    )


def return_path(track_id: str | None) -> str:
    """Where the payer's browser goes next: the attempt's page, or the page to type a reference.

    `track_id` is the delivery's clear, unproven one: the page shows what the platform knows, whoever asks.
    """
    payment_id = payment_id_of_track(track_id) if track_id else None
    return f"/pay/{parse_payment_id(payment_id)}/payments/{payment_id}" if payment_id else "/pay"
