"""Send something at once, on request: a test ping to one endpoint, or an event once more.

It is tried once and its caller learns what the receiver said. The object's own deliveries go on as if nothing was
sent: a receiver tells repeats by their id and puts events in order by their sequence.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from mizan.application.manage_webhook_endpoints import show_webhook_endpoint
from mizan.application.ports import Clock
from mizan.application.ports_events import EventLog
from mizan.application.ports_webhooks import (
    DeliveryLog,
    SendRequests,
    Sent,
    WebhookEndpointRepository,
    WebhookSender,
)
from mizan.application.read_events import show_event
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.events import matches
from mizan.domain.webhooks import (
    ENDPOINT_COUNT_MAX,
    TEST_PING,
    Delivery,
    DeliveryKind,
    DeliveryState,
    WebhookEndpoint,
    ping_body,
    signed_headers,
)

REPLAY_SCOPE = "events:replay"


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is sent at once, to whom it may concern."""

    event_id: str
    event_type: str
    body: bytes
    kind: DeliveryKind


class WebhookPost:
    def __init__(
        self,
        *,
        events: EventLog,
        endpoints: WebhookEndpointRepository,
        deliveries: DeliveryLog,
        requests: SendRequests,
        sender: WebhookSender,
        clock: Clock,
    ) -> None:
        self._events, self._endpoints, self._log = events, endpoints, deliveries
        self._requests, self._sender, self._clock = requests, sender, clock

    def ping(self, endpoint_id: str, idempotency_key: str | None, *, caller: Caller) -> tuple[Sent, bool]:
        """What the receiver answered, and whether it was sent by this call (False: a repeat, answered as the first
        time). Also to a disabled endpoint: that is how one tries it.

        Raises NotFoundError, IdempotencyConflictError, BusyError.
        """
        endpoint = show_webhook_endpoint(endpoint_id, caller=caller, endpoints=self._endpoints)
        own = _digest(caller.agency, idempotency_key or secrets.token_urlsafe(24))[:24]
        event_id = f"evt_test_{own}"
        now = self._clock.now()
        letter = _Letter(event_id, TEST_PING, ping_body(event_id, endpoint_id, now), DeliveryKind.TEST)
        sent, is_new = self._once(
            caller.agency, idempotency_key, f"test\x1f{endpoint_id}", lambda: self._send(letter, [endpoint], now)
        )
        return sent[0], is_new

    def replay(
        self, event_id: str, endpoint_id: str | None, idempotency_key: str | None, *, caller: Caller
    ) -> tuple[Sequence[Sent], bool]:
        """What each receiver answered: the endpoint named, or every enabled one that wants such events.

        Raises NotFoundError (event or endpoint), IdempotencyConflictError, BusyError.
        """
        event = show_event(event_id, caller=caller, events=self._events)
        agency = event.stream.agency
        letter = _Letter(event_id, event.type, event.body, DeliveryKind.REPLAY)
        chosen = self._chosen(agency, endpoint_id, event.type)
        now = self._clock.now()
        return self._once(
            agency,
            idempotency_key,
            f"replay\x1f{event_id}\x1f{endpoint_id or ''}",
            lambda: self._send(letter, chosen, now),
        )

    def _chosen(self, agency: str, endpoint_id: str | None, event_type: str) -> list[WebhookEndpoint]:
        if endpoint_id is None:
            every = self._endpoints.list_of(agency)
            return [one for one in every if one.is_enabled and matches(one.events, event_type)]
        endpoint = self._endpoints.get(agency, endpoint_id)
        if endpoint is None:
            raise NotFoundError("webhook-endpoint")
        return [endpoint]

    def _once(
        self, agency: str, key: str | None, request: str, send: Callable[[], list[Sent]]
    ) -> tuple[Sequence[Sent], bool]:
        if key is None:
            return send(), True
        earlier = self._requests.begin(agency, key, _digest(request)[:32], self._clock.now())
        if earlier is not None:
            return earlier, False
        sent = send()
        self._requests.conclude(agency, key, sent)
        return sent, True

    def _send(self, letter: _Letter, endpoints: list[WebhookEndpoint], now: datetime) -> list[Sent]:
        """Side by side: a slow receiver holds up nobody else's."""
        with ThreadPoolExecutor(ENDPOINT_COUNT_MAX) as pool:
            return list(pool.map(lambda endpoint: self._send_one(letter, endpoint, now), endpoints))

    def _send_one(self, letter: _Letter, endpoint: WebhookEndpoint, now: datetime) -> Sent:
        headers = signed_headers(endpoint.secrets(now), letter.event_id, letter.body, now)
        result = self._sender.send(endpoint.url, headers, letter.body)
        delivery = Delivery(
            endpoint_id=endpoint.endpoint_id,
            event_id=letter.event_id,
            event_type=letter.event_type,
            kind=letter.kind,
            state=DeliveryState.DELIVERED if result.is_accepted else DeliveryState.FAILED,
            attempt_count=1,
            listed_at=now,
            attempted_at=now,
            last_status=result.status,
            last_error=result.error,
        )
        self._log.record(delivery)
        return Sent(endpoint.endpoint_id, letter.event_id, result)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
