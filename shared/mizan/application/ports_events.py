"""What publishing and reading events needs from the world, as protocols."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mizan.domain.callbacks import CallbackKey
from mizan.domain.events import Event, EventStream


class EventLog(Protocol):
    """Every event that was published, by its stream. Reads are strongly consistent."""

    def last(self, stream: EventStream) -> Event | None:
        """The one with the highest sequence."""
        ...

    def put(self, event: Event) -> bool:
        """Publish it as it will always be sent. False when it was published already: the stored one stands."""
        ...

    def get(self, stream: EventStream, sequence: int) -> Event | None: ...

    def after(self, stream: EventStream, sequence: int) -> list[Event]:
        """Those that follow `sequence`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An event in its agency's feed; `cursor` continues after it."""

    event_id: str
    type: str
    body: bytes
    cursor: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """`cursor` continues the feed, also where nothing is new; `has_more`: there is more to read already."""

    entries: tuple[FeedEntry, ...]
    cursor: str
    has_more: bool


class EventFeed(Protocol):
    """An agency's events in the order of their publication, kept a month."""

    def append(self, event: Event) -> None:
        """One entry at `event.published_at`. Another one of the same event may be there already."""
        ...

    def page(self, agency: str, *, after: str | None, until: datetime, limit: int) -> FeedPage:
        """Entries after a cursor and up to `until`; without one, from the oldest kept. Strongly consistent.

        Raises InvalidInputError on a bad cursor.
        """
        ...


class ChangeSources(Protocol):
    """Where changes can be found again that no stream told of; keys as the stream names them."""

    def posted(self, shard: int, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        """Attempts, refunds and invoices of one journal shard's entries posted after `since` and up to `until`."""
        ...

    def created(self, agency: str, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        """Invoices that the agency created after `since` and up to `until`. Eventually consistent (an index)."""
        ...
