"""What the description promises, tried with data made from it: every answer is one that it documents."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from tests.e2e.conftest import World

EXAMPLE_COUNT = 4
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CASES = [
    ("POST", "/v1/invoices", GOOD),
    ("POST", "/v1/invoices", BAD),
    ("GET", "/v1/invoices", GOOD),
    ("GET", "/v1/invoices", BAD),
    ("GET", "/v1/invoices/{reference}", GOOD),
    ("POST", "/v1/invoices/{reference}/cancel", GOOD),
    ("POST", "/v1/invoices/{reference}/payments", GOOD),
    ("POST", "/v1/invoices/{reference}/payments", BAD),
    ("GET", "/v1/payments", GOOD),
    ("GET", "/v1/payments", BAD),
    ("GET", "/v1/payments/{payment_id}", GOOD),
    ("POST", "/v1/payments/{payment_id}/refunds", GOOD),
    ("POST", "/v1/payments/{payment_id}/refunds", BAD),
    ("GET", "/v1/refunds/{refund_id}", GOOD),
    ("POST", "/v1/payments/{payment_id}/credits", GOOD),
    ("POST", "/v1/payments/{payment_id}/credits", BAD),
    ("POST", "/v1/payments/{payment_id}/disputes", GOOD),
    ("POST", "/v1/cash-outs/redeem", GOOD),
    ("POST", "/v1/cash-outs/redeem", BAD),
    ("GET", "/v1/services/{code}/phase-check", GOOD),
    ("GET", "/v1/services/{code}/phase-check", BAD),
    ("POST", "/v1/webhook-endpoints", GOOD),
    ("POST", "/v1/webhook-endpoints", BAD),
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}", GOOD),
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}", BAD),
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/test", GOOD),
    ("DELETE", "/v1/webhook-endpoints/{endpoint_id}", GOOD),
    ("GET", "/v1/events", GOOD),
    ("GET", "/v1/events", BAD),
    ("POST", "/v1/events/{event_id}/replay", GOOD),
]
NOT_CHECKED = [positive_data_acceptance, ignored_auth, unsupported_method]
"""A body may fit its schema and name a service that is not there; keys and methods have tests of their own."""


@pytest.fixture(scope="module")
def described(world: World) -> Any:
    load_all_checks()
    return schemathesis.openapi.from_url(f"{world.url}/openapi.json")


@pytest.mark.engine
@pytest.mark.parametrize(("method", "path", "mode"), CASES, ids=lambda part: getattr(part, "value", part))
def test_every_answer_is_one_that_the_description_knows(
    world: World, described: Any, method: str, path: str, mode: GenerationMode
) -> None:
    """No 500, no undocumented status, header, content type or member; what the schema refuses the API refuses."""
    headers = {"X-Api-Key": world.notes.keys["agency"]}

    @settings(
        max_examples=EXAMPLE_COUNT,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def try_one(case: Any) -> None:
        case.call_and_validate(headers=headers, timeout=30, excluded_checks=NOT_CHECKED)

    try_one()
