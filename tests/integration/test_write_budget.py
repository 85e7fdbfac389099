"""What one payment costs, metered by the engine itself: 14 write units with indexes and 4 read units at the most."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory, account_items
from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog
from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog
from mizan.adapters.dynamodb.events import DynamoEventFeed, DynamoEventLog
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.rail_health import DynamoRailRecords
from mizan.application.ports import InitiationStarted
from mizan.application.receive_callback import receive_callback
from mizan.application.route_payment import Router
from mizan.application.start_payment import StartPayment, start_payment
from mizan.application.watch_rails import RailWatch, WatchedGateways
from mizan.domain.health import DEFAULT_POLICY
from mizan.domain.payments import Disposition, PaymentMethod
from mizan.domain.references import track_id
from tests.fakes.clock import TickingClock
from tests.fakes.events import Telling, an_endpoint, invoice_key, payment_key
from tests.fakes.platform import a_creation, processor_over
from tests.fakes.rails import a_watch
from tests.fakes.samples import ACCOUNT, CALLER, TOKEN, a_capture, captured, no_fees
from tests.fakes.sealing import sealed_data
from tests.integration.racing import Worker, hire

WRITE_UNITS_MAX, READ_UNITS_MAX = 14, 4
READS = {"GetItem", "Query", "BatchGetItem"}
UUID = "3f0c1b5e-9f57-4a53-8c0a-2f5f3c1d9e77"
PAGE = "https://www.benefit-gateway.bh/payment/paymentpage.htm?PaymentID=100201935166676976"


class Meter:
    """Asks for the consumed capacity of every call and adds it up by step."""

    def __init__(self, client: Any) -> None:
        self.step = "set-up"
        self.written: defaultdict[str, float] = defaultdict(float)  # capacity units, not money
        self.read: defaultdict[str, float] = defaultdict(float)
        client.meta.events.register("provide-client-params.dynamodb.*", self._ask)
        client.meta.events.register("after-call.dynamodb.*", self._count)

    def _ask(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
        if "ReturnConsumedCapacity" not in model.input_shape.members:
            return None
        return params | {"ReturnConsumedCapacity": "INDEXES"}

    def _count(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed["ConsumedCapacity"]
        rows = consumed if isinstance(consumed, list) else [consumed]
        target = self.read if model.name in READS else self.written
        target[self.step] += sum(row["CapacityUnits"] for row in rows)


@pytest.mark.parametrize(
    "engine",
    [pytest.param("ministack", marks=pytest.mark.engine), pytest.param("dynoxide", marks=pytest.mark.dynoxide)],
)
@pytest.mark.parametrize("changes", [{}, {"invoice_number": None}], ids=["number and key", "key alone"])
def test_a_one_line_payment_stays_within_its_budget(
    request: pytest.FixtureRequest,
    engine: str,
    changes: dict[str, None],
    record_property: Callable[[str, object], None],
) -> None:
    """Create → start → callback → settled, values of real length, warm: ≤ 14 written, indexes included, ≤ 4 read."""
    new_client, table = request.getfixturevalue(engine)
    worker = hire(new_client, table, count=1)[0]
    accounts = warm_accounts(worker)
    watch = warm_watch(worker)
    gateways = WatchedGateways(worker.world.gateways, watch)
    callbacks = DynamoCallbackLog(worker.client, table)
    worker.world.gateway.initiation = InitiationStarted("100201935166676976", PAGE)
    meter = Meter(worker.client)

    meter.step = "create"
    invoice, _ = worker.create(a_creation(fingerprint="f" * 32, correlation_id=UUID, idempotency_key=UUID, **changes))
    meter.step = "start"
    payment, _ = start_payment(
        StartPayment(invoice.reference, PaymentMethod.DEBIT_CARD, UUID, UUID),
        caller=CALLER,
        payables=worker.payables(),
        payments=worker.payments,
        router=Router(accounts=accounts, watch=watch, clock=worker.world.clock),
        gateways=gateways,
        derivation=worker.world.derivation,
        clock=worker.world.clock,
        public_url="https://api.invalid",
        fees=no_fees,
    )
    capture = a_capture(transaction="201935166561122", gateway_payment="100201935166676976", rrn="935110000001")
    worker.world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment, capture)
    meter.step = "callback"
    key = receive_callback(
        gateway="fake",
        account_token=TOKEN,
        channel="notification",
        body=track_id(payment.payment_id).encode(),
        content_type="application/x-www-form-urlencoded",
        correlation_id=UUID,
        callbacks=callbacks,
        clock=worker.world.clock,
    )
    meter.step = "settle"
    settled = processor_over(
        worker.world,
        callbacks,
        worker.payments,
        worker.resolver(),
    ).process(key)

    assert settled is not None
    assert settled.disposition is Disposition.ALLOCATED
    written, read = sum(meter.written.values()), sum(meter.read.values())
    record_property("write_units", written)
    record_property("read_units", read)
    print(f"\n{engine}: {written:g} write units {dict(meter.written)}, {read:g} read units {dict(meter.read)}")  # noqa: T201  # the measured numbers are what one runs this for
    assert written <= WRITE_UNITS_MAX
    assert read <= READ_UNITS_MAX
    assert meter.written["settle"] >= 6  # a meter that counts nothing would pass everything


EVENT_UNITS_MAX = 2
"""Its place in the log and in the feed."""
DELIVERY_UNITS_MAX = 3
"""Claim, conclusion, and the line of the endpoint's log."""


@pytest.mark.parametrize(
    "engine",
    [pytest.param("ministack", marks=pytest.mark.engine), pytest.param("dynoxide", marks=pytest.mark.dynoxide)],
)
def test_an_event_and_its_delivery_stay_within_theirs(request: pytest.FixtureRequest, engine: str) -> None:
    """Apart from the payment's: 2 units to publish an event, 3 more at an endpoint that takes it at once."""
    new_client, table = request.getfixturevalue(engine)
    world, client = Telling(clock=TickingClock()), new_client()
    invoice, _ = world.create(a_creation(correlation_id=UUID, invoice_number="CR-2026-000017"))
    payment, _ = world.start(invoice.reference, correlation_id=UUID)
    capture = a_capture(transaction="201935166561122", gateway_payment="100201935166676976", rrn="935110000001")
    world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment, capture)
    settled = world.resolver().resolve(payment)
    world.log = DynamoEventLog(client, table)  # type: ignore[assignment]  # the real ones over the fakes' objects
    world.feed = DynamoEventFeed(client, table)  # type: ignore[assignment]  # the same
    world.deliveries = DynamoDeliveryLog(client, table, world.clock)  # type: ignore[assignment]  # the same
    world.listen(an_endpoint())
    meter = Meter(client)

    meter.step = "publish"
    for key in (invoice_key(invoice.reference), payment_key(settled.payment_id)):
        published = len(world.publisher().publish(key).published)
        assert published
    meter.step = "deliver"
    world.deliver_all()

    assert len(world.sender.sent) == 3  # issued, paid, succeeded
    assert meter.written["publish"] <= 3 * EVENT_UNITS_MAX
    assert meter.written["deliver"] <= 3 * DELIVERY_UNITS_MAX
    assert min(meter.written["publish"], meter.written["deliver"]) >= 3


def warm_accounts(worker: Worker) -> DynamoAccountDirectory:
    """The directory as a warm function has it: the account read and its secrets opened."""
    for item in account_items(ACCOUNT, sealed_data("secrets")):
        worker.client.put_item(TableName=worker.table, Item=pack(item))
    directory = DynamoAccountDirectory(worker.client, worker.table, sealed_data("secrets"))
    assert directory.active_for("moic", "debit_card") is not None
    return directory


def warm_watch(worker: Worker) -> RailWatch:
    """The watch as a warm function has it: the rail was read within seconds. What it counts is counted apart, and
    costs a twentieth of a unit for each call that is answered (ADR 0023).
    """
    records = DynamoRailRecords(worker.client, worker.table, DEFAULT_POLICY.slot)
    watch = a_watch(worker.world.clock, records)
    assert watch.health_of(ACCOUNT.account_id).is_up
    return watch
