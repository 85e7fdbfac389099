"""What every store of endpoints, events, feeds, cursors and logs promises: in memory, and on three engines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.change_sources import DynamoChangeSources
from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog, DynamoSendRequests
from mizan.adapters.dynamodb.events import DynamoEventFeed, DynamoEventLog
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.webhooks import DynamoWebhookEndpoints
from mizan.application.ports_events import EventFeed, EventLog
from mizan.application.ports_webhooks import DeliveryLog, SendRequests, SendResult, Sent, WebhookEndpointRepository
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import BusyError, ConflictError, IdempotencyConflictError, InvalidInputError
from mizan.domain.events import EventStream
from mizan.domain.ledger import JOURNAL_SHARD_COUNT, LedgerTransaction, Posting, TransactionKind
from mizan.domain.webhooks import (
    CursorState,
    Delivery,
    DeliveryCursor,
    DeliveryKind,
    DeliveryState,
    DisabledReason,
    RetiredSecret,
    changed,
)
from tests.engines import create_table, dynamodb_client
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.events import (
    FakeDeliveryLog,
    FakeEventFeed,
    FakeEventLog,
    FakeSendRequests,
    FakeWebhookEndpoints,
    an_endpoint,
    an_event,
)
from tests.fakes.samples import AGENCY, a_reference, an_invoice
from tests.fakes.sealing import sealed_data

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STREAM = an_event().stream
CLAIM = DeliveryCursor(0, CursorState.SENDING, 1, NOON, NOON + MINUTE, 1)
WAITING = DeliveryCursor(0, CursorState.WAITING, 1, NOON, NOON + MINUTE, 2)
LINE = Delivery("whe_1", "evt_1", "invoice.paid", DeliveryKind.EVENT, DeliveryState.WAITING, 1, NOON, NOON, NOON, 503)


@dataclass
class Stores:
    endpoints: WebhookEndpointRepository
    events: EventLog
    feed: EventFeed
    deliveries: DeliveryLog
    requests: SendRequests


def dynamo(client: Any, table: str) -> Stores:
    return Stores(
        DynamoWebhookEndpoints(client, table, sealed_data("secrets")),
        DynamoEventLog(client, table),
        DynamoEventFeed(client, table),
        DynamoDeliveryLog(client, table, FakeClock()),
        DynamoSendRequests(client, table),
    )


ENGINES = [
    "moto",
    pytest.param("ministack", marks=pytest.mark.engine),
    pytest.param("dynoxide", marks=pytest.mark.dynoxide),
]


@pytest.fixture(params=["memory", *ENGINES])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(FakeWebhookEndpoints(), FakeEventLog(), FakeEventFeed(), FakeDeliveryLog(), FakeSendRequests())
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield dynamo(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue(request.param)
        yield dynamo(new_client(), table)


# -- endpoints ------------------------------------------------------------------------------------------------------


def test_an_endpoint_comes_back_as_it_was_put(stores: Stores) -> None:
    """Every field survives the store, the secrets included."""
    plain = an_endpoint("1")
    full = an_endpoint(
        "2",
        created_at=NOON + MINUTE,
        retired=(RetiredSecret("whsec_b2xk", NOON + DAY), RetiredSecret("whsec_b2xkZXI=", NOON)),
        disabled_at=NOON,
        disabled_reason=DisabledReason.FAILING,
        failing_since=NOON - DAY,
        rotation="rotation-1",
        version=7,
    )

    assert stores.endpoints.add(plain) is None
    assert stores.endpoints.add(full) is None
    assert stores.endpoints.list_of(AGENCY) == [plain, full]
    assert stores.endpoints.get(AGENCY, "whe_2") == full
    assert stores.endpoints.get("health", "whe_2") is None


def test_a_second_put_of_an_endpoint_answers_the_first(stores: Stores) -> None:
    """A replay finds the endpoint that its key made, with the secret that signs."""
    first, second = an_endpoint(), replace(an_endpoint(), secret="whsec_b3RoZXI=")
    stores.endpoints.add(first)

    assert stores.endpoints.add(second) == first
    assert stores.endpoints.list_of(AGENCY) == [first]


def test_an_endpoint_changes_only_from_the_version_that_was_seen(stores: Stores) -> None:
    """Two writers who saw the same cannot both win; a removed one is not brought back."""
    before = an_endpoint()
    stores.endpoints.add(before)
    mine, other = changed(before, url="https://mine.example/"), changed(before, failing_since=NOON)

    assert stores.endpoints.replace(before, mine)
    assert not stores.endpoints.replace(before, other)
    assert stores.endpoints.get(AGENCY, before.endpoint_id) == mine
    stores.endpoints.remove(AGENCY, before.endpoint_id, NOON)
    assert not stores.endpoints.replace(mine, changed(mine, events=("*",)))
    assert stores.endpoints.get(AGENCY, before.endpoint_id) is None


def test_a_removed_endpoint_is_gone_and_stays_gone(stores: Stores) -> None:
    """Removing tells whether there was one; its key does not bring it back."""
    endpoint = an_endpoint()
    stores.endpoints.add(endpoint)

    assert stores.endpoints.remove(AGENCY, endpoint.endpoint_id, NOON)
    assert not stores.endpoints.remove(AGENCY, endpoint.endpoint_id, NOON)
    assert not stores.endpoints.remove("health", endpoint.endpoint_id, NOON)
    assert stores.endpoints.list_of(AGENCY) == []
    with pytest.raises(ConflictError):
        stores.endpoints.add(endpoint)


# -- events ---------------------------------------------------------------------------------------------------------


def test_an_event_is_published_once_and_read_as_it_was(stores: Stores) -> None:
    """Whoever comes second changes nothing; the first stands, byte for byte."""
    event = an_event(1, 1, occurred_at=NOON.replace(microsecond=123))

    assert stores.events.put(event)
    assert not stores.events.put(replace(event, body=b"other"))
    assert stores.events.get(event.stream, 1) == event
    assert stores.events.get(event.stream, 2) is None


def test_a_streams_events_stand_in_the_order_of_their_numbers(stores: Stores) -> None:
    """9 before 10, whatever came first; other agencies' and other objects' are not among them."""
    for sequence in (10, 9, 2):
        stores.events.put(an_event(1, sequence))
    stores.events.put(an_event(1, 11, stream=EventStream(STREAM.object_id, "health")))
    stores.events.put(an_event(2, 11))
    stores.deliveries.move(STREAM, "whe_1", DeliveryCursor(), CLAIM)

    last = stores.events.last(STREAM)

    assert last is not None
    assert last.sequence == 10
    assert [event.sequence for event in stores.events.after(STREAM, 0)] == [2, 9, 10]
    assert [event.sequence for event in stores.events.after(STREAM, 9)] == [10]
    assert stores.events.last(EventStream("inv_none", AGENCY)) is None


def test_the_feed_goes_by_publication_over_days_objects_and_pages(stores: Stores) -> None:
    """Twelve objects over three days, five at a time: all, once, in order; not another agency's."""
    stamps = [NOON + timedelta(hours=5 * number) for number in range(12)]
    for number in (3, 0, 11, 7, 1, 2, 4, 5, 6, 8, 9, 10):
        stores.feed.append(an_event(number + 1, 1, published_at=stamps[number]))
    stores.feed.append(an_event(1, 1, stream=EventStream("inv_1", "health"), published_at=NOON))

    seen, cursor, has_more = [], None, True
    while has_more:
        page = stores.feed.page(AGENCY, after=cursor, until=stamps[-1], limit=5)
        seen += [entry.event_id for entry in page.entries]
        cursor, has_more = page.cursor, page.has_more

    assert seen == [an_event(number + 1, 1).event_id for number in range(12)]


def test_the_feed_ends_where_it_is_told_to_and_goes_on_from_there(stores: Stores) -> None:
    """An entry that is too young is shown to the next reader, also where the page before was empty."""
    stores.feed.append(an_event(1, 1, published_at=NOON + MINUTE))

    empty = stores.feed.page(AGENCY, after=None, until=NOON, limit=5)
    same = stores.feed.page(AGENCY, after=empty.cursor, until=NOON, limit=5)
    page = stores.feed.page(AGENCY, after=same.cursor, until=NOON + MINUTE, limit=5)
    ahead = stores.feed.page(AGENCY, after=page.cursor, until=NOON, limit=5)

    assert (empty.entries, same.entries, ahead.entries) == ((), (), ())
    assert [entry.event_id for entry in page.entries] == [an_event(1, 1).event_id]
    assert page.entries[0].body == an_event(1, 1).body


def test_the_same_entry_twice_is_one(stores: Stores) -> None:
    """A write whose answer was lost is written again."""
    for _ in range(2):
        stores.feed.append(an_event())

    assert len(stores.feed.page(AGENCY, after=None, until=NOON + MINUTE, limit=5).entries) == 1


@pytest.mark.parametrize("cursor", ["nonsense", "", "é", "MjAyNg"])
def test_a_cursor_that_is_none_of_ours_is_refused(stores: Stores, cursor: str) -> None:
    """By the name of its field."""
    with pytest.raises(InvalidInputError):
        stores.feed.page(AGENCY, after=cursor, until=NOON, limit=5)
    with pytest.raises(InvalidInputError):
        stores.deliveries.page("whe_1", limit=5, cursor=cursor or "nonsense")


# -- deliveries -----------------------------------------------------------------------------------------------------


def test_a_cursor_moves_from_claim_to_conclusion(stores: Stores) -> None:
    """Each step is what is stored; nothing stored is a fresh one."""
    done = DeliveryCursor(3, version=3)

    assert stores.deliveries.cursor(STREAM, "whe_1") == DeliveryCursor()
    for before, after in ((DeliveryCursor(), CLAIM), (CLAIM, WAITING), (WAITING, done)):
        assert stores.deliveries.move(STREAM, "whe_1", before, after)
        assert stores.deliveries.cursor(STREAM, "whe_1") == after
    assert stores.deliveries.cursor(STREAM, "whe_2") == DeliveryCursor()


def test_two_senders_cannot_both_take_a_cursor(stores: Stores) -> None:
    """Not the first claim, and not a later one; who was taken for dead concludes nothing."""
    takeover = replace(CLAIM, attempt_count=2, version=2)

    assert stores.deliveries.move(STREAM, "whe_1", DeliveryCursor(), CLAIM)
    assert not stores.deliveries.move(STREAM, "whe_1", DeliveryCursor(), CLAIM)
    assert stores.deliveries.move(STREAM, "whe_1", CLAIM, takeover)
    assert not stores.deliveries.move(STREAM, "whe_1", CLAIM, WAITING)
    assert stores.deliveries.cursor(STREAM, "whe_1") == takeover


def test_what_waits_is_due_at_its_time_and_what_is_done_never(stores: Stores) -> None:
    """Claims are not due: their message comes again."""
    stores.deliveries.move(STREAM, "whe_1", DeliveryCursor(), WAITING)
    stores.deliveries.move(STREAM, "whe_2", DeliveryCursor(), CLAIM)
    early = list(stores.deliveries.list_due(NOON, limit=9))
    due = list(stores.deliveries.list_due(NOON + MINUTE, limit=9))
    stores.deliveries.move(STREAM, "whe_1", WAITING, DeliveryCursor(1, version=3))

    assert (early, due) == ([], [CallbackKey(f"EVO#{STREAM.object_id}#moic", "WHE#whe_1")])
    assert list(stores.deliveries.list_due(NOON + DAY, limit=9)) == []


def test_the_log_keeps_the_last_attempt_of_each_event_newest_first(stores: Stores) -> None:
    """An earlier attempt that is written late does not take its place. Page by page."""
    lines = [replace(LINE, event_id=f"evt_{n}", listed_at=NOON + n * MINUTE) for n in range(5)]
    for line in lines:
        stores.deliveries.record(line)
    last = replace(lines[2], attempt_count=3, state=DeliveryState.DELIVERED, next_attempt_at=None, last_status=200)
    for line in (last, replace(lines[2], attempt_count=2)):
        stores.deliveries.record(line)
    stores.deliveries.record(replace(LINE, endpoint_id="whe_2"))

    first = stores.deliveries.page("whe_1", limit=3, cursor=None)
    second = stores.deliveries.page("whe_1", limit=3, cursor=first.cursor)

    assert first.deliveries == (lines[4], lines[3], last)
    assert second.deliveries == (lines[1], lines[0])
    assert second.cursor is None


def test_a_request_is_carried_out_once_under_its_key(stores: Stores) -> None:
    """While it is, nobody else may; afterwards everybody gets its answer; when its carrier died, another may."""
    sent = [Sent("whe_1", "evt_1", SendResult(204)), Sent("whe_2", "evt_1", SendResult(None, "timeout"))]

    assert stores.requests.begin(AGENCY, "key-1", "a", NOON) is None
    with pytest.raises(BusyError):
        stores.requests.begin(AGENCY, "key-1", "a", NOON + timedelta(seconds=30))
    with pytest.raises(IdempotencyConflictError):
        stores.requests.begin(AGENCY, "key-1", "b", NOON)
    assert stores.requests.begin("health", "key-1", "b", NOON) is None
    assert stores.requests.begin(AGENCY, "key-1", "a", NOON + 2 * MINUTE) is None
    stores.requests.conclude(AGENCY, "key-1", sent)
    assert list(stores.requests.begin(AGENCY, "key-1", "a", NOON + DAY) or ()) == sent


# -- what only the table can promise --------------------------------------------------------------------------------


@pytest.fixture(params=ENGINES)
def table(request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    if request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield client, create_table(client)
    else:
        new_client, name = request.getfixturevalue(request.param)
        yield new_client(), name


def test_signing_secrets_are_not_in_the_table(table: tuple[Any, str]) -> None:
    """Whoever reads the table cannot sign in our name, neither with the new secret nor with the old one."""
    client, name = table
    endpoint = an_endpoint(retired=(RetiredSecret("whsec_b2xkIHNlY3JldA==", NOON),))
    dynamo(client, name).endpoints.add(endpoint)

    (item,) = client.scan(TableName=name)["Items"]

    assert endpoint.secret not in repr(item)
    assert "whsec_" not in repr(item)
    assert b"whsec_" not in unpack(item)["secrets"]


def test_changes_are_found_again_by_the_journal_and_by_the_days_listing(table: tuple[Any, str]) -> None:
    """Of a window of time, over midnight in Bahrain: attempts, refunds and invoices, and nothing outside of it."""
    client, name = table
    sources = DynamoChangeSources(client, name)
    invoices = DynamoInvoiceRepository(client, name, sealed_data("personal"))
    midnight = NOON.replace(hour=21)
    for number, at in enumerate((midnight - MINUTE, midnight + MINUTE, midnight + 3 * MINUTE), start=1):
        invoices.add(an_invoice(number, created_at=at))
        client.put_item(TableName=name, Item=pack(transaction_item(a_transaction(number, at))))
    invoices.add(an_invoice(4, created_at=midnight, agency="health"))
    dispute_id = f"dsp_{a_reference(5)}000001"
    lost = replace(a_transaction(5, midnight), transaction_id=f"cbk_{dispute_id}", refund_id=None)
    client.put_item(TableName=name, Item=pack(transaction_item(lost)))

    shards = range(JOURNAL_SHARD_COUNT)
    since, until = midnight - 2 * MINUTE, midnight + 2 * MINUTE
    posted = {key for shard in shards for key in sources.posted(shard, since, until)}
    created = set(sources.created(AGENCY, since, until))

    heads = {CallbackKey(f"INV#{a_reference(number)}", "HEAD") for number in (1, 2)}
    attempts = {CallbackKey(f"INV#{a_reference(number)}", f"PAY#pay_{a_reference(number)}000000") for number in (1, 2)}
    refunds = {CallbackKey(f"INV#{a_reference(number)}", f"RFD#rfd_{a_reference(number)}900000") for number in (1, 2)}
    disputed = ("HEAD", f"PAY#pay_{a_reference(5)}000000", f"DSP#{dispute_id}")
    chargeback = {CallbackKey(f"INV#{a_reference(5)}", sk) for sk in disputed}
    assert created == heads
    assert posted == heads | attempts | refunds | chargeback


def a_transaction(number: int, posted_at: Any) -> LedgerTransaction:
    """A refund's completion, posted then."""
    reference = a_reference(number)
    return LedgerTransaction(
        transaction_id=f"rfc_{number}",
        kind=TransactionKind.REFUND_COMPLETED,
        posting_day=(posted_at + timedelta(hours=3)).date(),
        business_date=posted_at.date(),
        posted_at=posted_at,
        captured_at=posted_at,
        postings=(Posting("a", "b", 1),),
        currency="BHD",
        agency=AGENCY,
        service="cr-registration",
        reference=reference,
        payment_id=f"pay_{reference}000000",
        gateway="fake",
        account_id="acc-1",
        gateway_transaction="",
        rrn="",
        correlation_id="corr-1",
        refund_id=f"rfd_{reference}900000",
    )
