"""A gateway is asked only for what it can do."""

import pytest

from mizan.adapters.gateways.registry import MappedGatewayRegistry
from mizan.domain.errors import CapabilityMissingError, FieldError, NotFoundError
from mizan.entrypoints.field_texts import FIELDS
from tests.fakes.world import FakeGateway, FakeGatewayRegistry

GATEWAY = FakeGateway()
REFUNDING = MappedGatewayRegistry({"fake": lambda: GATEWAY}, {}, {"fake": lambda: GATEWAY})
TAKING_ONLY = MappedGatewayRegistry({"fake": lambda: GATEWAY}, {}, {})


def _taking_only_fake() -> FakeGatewayRegistry:
    registry = FakeGatewayRegistry(GATEWAY)
    registry.is_refunding = False
    return registry


@pytest.mark.parametrize("registry", [REFUNDING, FakeGatewayRegistry(GATEWAY)], ids=["mapped", "fake"])
def test_a_gateway_that_refunds_is_found_by_its_name(registry: MappedGatewayRegistry | FakeGatewayRegistry) -> None:
    """The fake registry answers as the real one does."""
    assert registry.refunds_of("fake") is GATEWAY


@pytest.mark.parametrize("registry", [TAKING_ONLY, _taking_only_fake()], ids=["mapped", "fake"])
def test_a_gateway_without_refunds_is_a_wrong_destination(
    registry: MappedGatewayRegistry | FakeGatewayRegistry,
) -> None:
    """422 on the field that the caller can change."""
    with pytest.raises(CapabilityMissingError) as missing:
        registry.refunds_of("fake")

    assert missing.value.fields == (FieldError("destination", "refund_not_supported"),)
    assert missing.value.slug == "invalid-input"
    assert missing.value.fields[0].code in FIELDS


@pytest.mark.parametrize("registry", [REFUNDING, FakeGatewayRegistry(GATEWAY)], ids=["mapped", "fake"])
def test_refunds_of_an_unknown_gateway_are_not_found(registry: MappedGatewayRegistry | FakeGatewayRegistry) -> None:
    """A name that nobody registered is another fault than an ability that is missing."""
    with pytest.raises(NotFoundError):
        registry.refunds_of("nobody")
