"""Take a gateway's delivery: one durable write, then the answer. Nothing is decided here."""

from mizan.application.ports import CallbackLog, Clock
from mizan.domain.callbacks import BODY_BYTES_MAX, CallbackKey, RawCallback


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
) -> CallbackKey:
    """The key of the kept delivery. Unknown tokens are kept too: what is forged is judged later, by the worker.

    Raises what the store raises: without the write there is no acknowledgement, and the gateway voids or sends again.
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
        )
    )
