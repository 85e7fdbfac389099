"""Bring one object's events to one endpoint: in the object's order, at least once, the same bytes each time.

A cursor per (object, endpoint) says how far it is. Whoever claims it sends; a sender that dies is followed by another
when its claim ends. What fails is tried again for two days and then given up, and the next event goes on.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mizan.application.ports import Clock
from mizan.application.ports_events import EventLog
from mizan.application.ports_webhooks import DeliveryLog, SendResult, WebhookEndpointRepository, WebhookSender
from mizan.domain.callbacks import CallbackKey
from mizan.domain.events import Event, EventStream
from mizan.domain.webhooks import (
    GIVE_UP_AFTER,
    JITTER_PERMILLE_MAX,
    CursorState,
    Delivery,
    DeliveryCursor,
    DeliveryKind,
    DeliveryState,
    DisabledReason,
    WebhookEndpoint,
    changed,
    disabled,
    next_attempt,
    signed_headers,
)

CLAIM_LIFETIME = timedelta(seconds=30)
"""After this a sender that said nothing counts as dead; six times what sending may take."""

RUN_LENGTH_MAX = timedelta(seconds=40)
"""After this a run starts no more sending: the function has a minute."""

HTTP_GONE = 410
STOPPED = SendResult(None, "endpoint_disabled")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One run for one (object, endpoint): an attempt per line, in order. `is_unfinished`: the key is to come again, at
    once or, where `retry_at` (UTC) is set, then. `disabled`: why the endpoint hears nothing more.
    """

    endpoint_id: str
    attempts: tuple[Delivery, ...] = ()
    correlation_id: str | None = None
    is_unfinished: bool = False
    retry_at: datetime | None = None
    disabled: DisabledReason | None = None


class WebhookDeliverer:
    """Safe to run twice at the same time. `jitter` gives permille, 0 to JITTER_PERMILLE_MAX."""

    def __init__(
        self,
        *,
        events: EventLog,
        endpoints: WebhookEndpointRepository,
        deliveries: DeliveryLog,
        sender: WebhookSender,
        clock: Clock,
        jitter: Callable[[], int] = lambda: random.randint(0, JITTER_PERMILLE_MAX),  # noqa: S311  # jitter, not a secret
    ) -> None:
        self._events, self._endpoints, self._log = events, endpoints, deliveries
        self._sender, self._clock, self._jitter = sender, clock, jitter

    def deliver(self, key: CallbackKey) -> DeliveryReport:
        """Every event that is next and due, until one fails, none is left, or the time is up.

        A key whose cursor is in somebody's hands comes again when their claim would be over: they may be dead, and
        the claim may be our own whose answer was lost. One that waits is found by the sweep.
        """
        stream, endpoint_id = _parse(key)
        report = DeliveryReport(endpoint_id)
        endpoint = self._endpoints.get(stream.agency, endpoint_id)
        cursor = self._log.cursor(stream, endpoint_id)
        if endpoint is None or not endpoint.is_enabled:
            self._stop(stream, endpoint_id, cursor, endpoint)
            return report
        run = _Run(stream, endpoint, cursor, report, self._clock.now() + RUN_LENGTH_MAX)
        while self._claim_next(run):
            self._send_all(run)
        return run.report

    def _claim_next(self, run: "_Run") -> bool:
        """Take what is to be sent now; False where that is nothing, or not ours to send."""
        now, seen = self._clock.now(), run.cursor
        if run.report.disabled or run.report.is_unfinished:
            return False
        if not seen.is_due(now):
            is_claimed = seen.state is CursorState.SENDING
            run.report = replace(run.report, is_unfinished=is_claimed, retry_at=seen.next_attempt_at)
            return False
        run.wanted = self._wanted(run.stream, run.endpoint, seen)
        if not run.wanted:
            self._stop(run.stream, run.endpoint.endpoint_id, seen)  # what was waited for is not wanted any more
            return False
        run.cursor = _claimed(seen, now)
        if now >= run.end:
            run.report = replace(run.report, is_unfinished=True)
        elif not self._log.move(run.stream, run.endpoint.endpoint_id, seen, run.cursor):
            run.report = replace(run.report, is_unfinished=True, retry_at=run.cursor.next_attempt_at)
        return not run.report.is_unfinished

    def _wanted(self, stream: EventStream, endpoint: WebhookEndpoint, cursor: DeliveryCursor) -> list[Event]:
        events = self._events.after(stream, cursor.sequence)
        return [event for event in events if endpoint.wants(event.type, event.occurred_at)]

    def _stop(
        self, stream: EventStream, endpoint_id: str, cursor: DeliveryCursor, endpoint: WebhookEndpoint | None = None
    ) -> None:
        """Nothing is due there any more; the log of a disabled endpoint says so of what it waited for."""
        if cursor.state is CursorState.IDLE:
            return
        is_mine = self._log.move(stream, endpoint_id, cursor, _idle(cursor, cursor.sequence))
        if is_mine and endpoint is not None:
            for event in self._wanted(stream, endpoint, cursor)[:1]:
                self._log.record(_line(endpoint, event, cursor.attempt_count, self._clock.now(), STOPPED))

    # -- one claimed run ----------------------------------------------------------------------------------------------

    def _send_all(self, run: "_Run") -> None:
        for position, event in enumerate(run.wanted, start=1):
            is_last = position == len(run.wanted) or self._clock.now() >= run.end
            result = self._send(run.endpoint, event)
            now = self._clock.now()
            after = self._concluded(run.cursor, event, result, now, is_last=is_last)
            if not self._log.move(run.stream, run.endpoint.endpoint_id, run.cursor, after):
                run.report = replace(run.report, is_unfinished=True)  # taken over meanwhile, or an answer was lost
                return
            self._note(run, event, result, after, now)
            run.cursor = after
            if after.state is not CursorState.SENDING or run.report.disabled:
                return

    def _send(self, endpoint: WebhookEndpoint, event: Event) -> SendResult:
        now = self._clock.now()
        headers = signed_headers(endpoint.secrets(now), event.event_id, event.body, now)
        return self._sender.send(endpoint.url, headers, event.body)

    def _concluded(
        self, claimed: DeliveryCursor, event: Event, result: SendResult, now: datetime, *, is_last: bool
    ) -> DeliveryCursor:
        retry_at = None
        if not (result.is_accepted or result.status == HTTP_GONE):
            retry_at = next_attempt(claimed, now, self._jitter())
        if retry_at is not None:
            return replace(claimed, state=CursorState.WAITING, next_attempt_at=retry_at, version=claimed.version + 1)
        done = _idle(claimed, event.sequence)
        return done if is_last or result.status == HTTP_GONE else _claimed(done, now)

    def _note(self, run: "_Run", event: Event, result: SendResult, after: DeliveryCursor, now: datetime) -> None:
        """The line of the log, what the run reports, and how the endpoint is doing."""
        delivery = _line(run.endpoint, event, run.cursor.attempt_count, now, result)
        if after.state is CursorState.WAITING:
            delivery = replace(delivery, state=DeliveryState.WAITING, next_attempt_at=after.next_attempt_at)
        self._log.record(delivery)
        run.report = replace(
            run.report,
            attempts=(*run.report.attempts, delivery),
            correlation_id=event.correlation_id,
            is_unfinished=delivery.state is DeliveryState.WAITING,
            retry_at=delivery.next_attempt_at,
            disabled=self._health(run, result, now),
        )

    def _health(self, run: "_Run", result: SendResult, now: datetime) -> DisabledReason | None:
        """Written when it changes only; whoever loses the write leaves it to the next attempt."""
        endpoint = run.endpoint
        after, reason = endpoint, None
        if result.status == HTTP_GONE:
            reason = DisabledReason.GONE
        elif result.is_accepted:
            after = changed(endpoint, failing_since=None) if endpoint.failing_since else endpoint
        elif endpoint.failing_since is None:
            after = changed(endpoint, failing_since=now)
        elif now >= endpoint.failing_since + GIVE_UP_AFTER:
            reason = DisabledReason.FAILING
        if reason is not None:
            after = disabled(endpoint, reason, now)
        if after is endpoint or not self._endpoints.replace(endpoint, after):
            return None
        run.endpoint = after
        return reason


@dataclass
class _Run:
    """One run: where its cursor stands, what is to be sent, and what it has to report so far."""

    stream: EventStream
    endpoint: WebhookEndpoint
    cursor: DeliveryCursor
    report: DeliveryReport
    end: datetime
    wanted: list[Event] = field(default_factory=list)


def _claimed(cursor: DeliveryCursor, now: datetime) -> DeliveryCursor:
    return replace(
        cursor,
        state=CursorState.SENDING,
        attempt_count=cursor.attempt_count + 1,
        first_attempt_at=cursor.first_attempt_at or now,
        next_attempt_at=now + CLAIM_LIFETIME,
        version=cursor.version + 1,
    )


def _idle(cursor: DeliveryCursor, sequence: int) -> DeliveryCursor:
    """All up to `sequence` is done; the next event starts afresh."""
    return DeliveryCursor(sequence=sequence, version=cursor.version + 1)


def _line(endpoint: WebhookEndpoint, event: Event, attempt_count: int, now: datetime, result: SendResult) -> Delivery:
    """A line of the log: delivered, or over."""
    return Delivery(
        endpoint_id=endpoint.endpoint_id,
        event_id=event.event_id,
        event_type=event.type,
        kind=DeliveryKind.EVENT,
        state=DeliveryState.DELIVERED if result.is_accepted else DeliveryState.FAILED,
        attempt_count=attempt_count,
        listed_at=event.published_at,
        attempted_at=now,
        last_status=result.status,
        last_error=result.error,
    )


def _parse(key: CallbackKey) -> tuple[EventStream, str]:
    """Raises ValueError on a key that is none of ours."""
    prefix, object_id, agency = key.pk.split("#")
    if prefix != "EVO" or not key.sk.startswith("WHE#"):
        raise ValueError("not a delivery's key")
    return EventStream(object_id, agency), key.sk.removeprefix("WHE#")
