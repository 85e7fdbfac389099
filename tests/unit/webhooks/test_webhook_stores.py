"""One suite over the stores of endpoints and deliveries: in memory, moto, the embedded engine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.items import unpack
from mizan.adapters.dynamodb.webhooks import DynamoDeliveryLog, DynamoWebhookEndpoints
from mizan.application.ports_webhooks import DeliveryLog, WebhookEndpointRepository
from mizan.domain.errors import ConflictError
from mizan.domain.webhooks import Delivery, DeliveryState, WebhookEvent
from tests.engines import create_table, dynamodb_client
from tests.fakes.clock import NOON
from tests.fakes.samples import AGENCY
from tests.fakes.sealing import sealed_data
from tests.unit.webhooks.fakes import FakeDeliveryLog, FakeWebhookEndpoints, an_endpoint

EVENT = WebhookEvent("evt_1", "payment.succeeded", AGENCY, NOON, b'{"amount":12500}')
CLAIM = Delivery("whe_1", DeliveryState.SENDING, 1, NOON + timedelta(seconds=30))
FAILED = Delivery("whe_1", DeliveryState.FAILED, 1, NOON + timedelta(seconds=5), 503)


@dataclass
class Stores:
    endpoints: WebhookEndpointRepository
    deliveries: DeliveryLog


def dynamo(client: Any, table: str) -> Stores:
    return Stores(
        DynamoWebhookEndpoints(client, table, sealed_data("secrets")),
        DynamoDeliveryLog(client, table),
    )


@pytest.fixture(params=["memory", "moto", pytest.param("ministack", marks=pytest.mark.engine)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(FakeWebhookEndpoints(), FakeDeliveryLog())
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield dynamo(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue("ministack")
        yield dynamo(new_client(), table)


def test_endpoint_comes_back_as_it_was_put(stores: Stores) -> None:
    """Every field survives the store, the secret included."""
    endpoint = an_endpoint()

    assert stores.endpoints.add(endpoint) is None
    assert stores.endpoints.list_of(AGENCY) == [endpoint]


def test_second_put_of_an_endpoint_answers_the_first(stores: Stores) -> None:
    """A replay finds the endpoint that its key made, with the secret that signs."""
    first, second = an_endpoint(), replace(an_endpoint(), secret="whsec_b3RoZXI=")
    stores.endpoints.add(first)

    assert stores.endpoints.add(second) == first
    assert stores.endpoints.list_of(AGENCY) == [first]


def test_endpoints_are_listed_per_agency_oldest_first(stores: Stores) -> None:
    """Another agency's are not there."""
    younger = an_endpoint("1", created_at=NOON + timedelta(minutes=1))
    older = an_endpoint("2")
    for endpoint in (younger, older, an_endpoint("3", agency="health")):
        stores.endpoints.add(endpoint)

    assert stores.endpoints.list_of(AGENCY) == [older, younger]


def test_removed_endpoint_is_gone_and_stays_gone(stores: Stores) -> None:
    """Removing tells whether there was one; its key does not bring it back."""
    endpoint = an_endpoint()
    stores.endpoints.add(endpoint)

    assert stores.endpoints.remove(AGENCY, endpoint.endpoint_id, NOON)
    assert not stores.endpoints.remove(AGENCY, endpoint.endpoint_id, NOON)
    assert not stores.endpoints.remove("health", endpoint.endpoint_id, NOON)
    assert stores.endpoints.list_of(AGENCY) == []
    with pytest.raises(ConflictError):
        stores.endpoints.add(endpoint)


def test_event_is_kept_once(stores: Stores) -> None:
    """Whoever comes second sends what the first kept, byte for byte."""
    other = replace(EVENT, body=b'{"amount":1}')

    assert stores.deliveries.keep(EVENT) == EVENT
    assert stores.deliveries.keep(other) == EVENT
    assert stores.deliveries.read("evt_1").event == EVENT
    assert stores.deliveries.read("evt_2").event is None


def test_delivery_goes_from_claim_to_conclusion(stores: Stores) -> None:
    """Each step is the stored state of the endpoint's delivery."""
    delivered = Delivery("whe_1", DeliveryState.DELIVERED, 2, NOON + timedelta(seconds=6), 200)
    second_claim = replace(CLAIM, attempt_count=2)

    assert stores.deliveries.claim("evt_1", None, CLAIM)
    assert stores.deliveries.conclude("evt_1", CLAIM, FAILED)
    assert stores.deliveries.read("evt_1").deliveries == {"whe_1": FAILED}
    assert stores.deliveries.claim("evt_1", FAILED, second_claim)
    assert stores.deliveries.conclude("evt_1", second_claim, delivered)
    assert stores.deliveries.read("evt_1").deliveries == {"whe_1": delivered}


def test_second_claim_on_the_same_view_is_refused(stores: Stores) -> None:
    """Two workers that saw the same cannot both send."""
    assert stores.deliveries.claim("evt_1", None, CLAIM)
    assert not stores.deliveries.claim("evt_1", None, CLAIM)


def test_conclusion_after_a_lost_claim_is_refused(stores: Stores) -> None:
    """A worker that was taken for dead must not overwrite the attempt that followed it."""
    takeover = replace(CLAIM, attempt_count=2)
    stores.deliveries.claim("evt_1", None, CLAIM)
    stores.deliveries.claim("evt_1", CLAIM, takeover)

    assert not stores.deliveries.conclude("evt_1", CLAIM, FAILED)
    assert stores.deliveries.read("evt_1").deliveries == {"whe_1": takeover}


def test_signing_secret_is_not_in_the_table() -> None:
    """Whoever reads the table cannot sign in our name."""
    endpoint = an_endpoint()
    with mock_aws():
        client = dynamodb_client()
        table = create_table(client)
        dynamo(client, table).endpoints.add(endpoint)

        (item,) = client.scan(TableName=table)["Items"]

    assert endpoint.secret not in repr(item)
    assert sealed_data("secrets").open(unpack(item)["secret"], endpoint.endpoint_id).decode() == endpoint.secret
