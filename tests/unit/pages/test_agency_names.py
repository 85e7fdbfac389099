"""The names of agencies from the table."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.agencies import DynamoAgencyNames
from mizan.adapters.dynamodb.items import pack
from mizan.application.ports_agencies import Bilingual
from tests.engines import create_table, dynamodb_client


class Table:
    """A table with whatever a test puts into agencies' heads."""

    def __init__(self, client: Any) -> None:
        self.client, self.name = client, create_table(client)

    def put(self, code: str, **attributes: str) -> None:
        self.client.put_item(TableName=self.name, Item=pack({"pk": f"AGY#{code}", "sk": "HEAD", **attributes}))

    def names(self) -> DynamoAgencyNames:
        return DynamoAgencyNames(self.client, self.name)


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        yield Table(dynamodb_client())


def test_agency_is_named_in_both_languages(table: Table) -> None:
    """As the catalogue seeded it."""
    table.put("moic", name="Commerce Authority", name_ar="هيئة التجارة")

    assert table.names().name_of("moic") == Bilingual("Commerce Authority", "هيئة التجارة")


def test_agency_without_an_arabic_name_has_its_english_one(table: Table) -> None:
    """Better a name in the other language than a code."""
    table.put("moic", name="Commerce Authority")

    assert table.names().name_of("moic") == Bilingual("Commerce Authority", "Commerce Authority")


def test_unknown_and_unnamed_agencies_have_none(table: Table) -> None:
    """The page then shows the code."""
    table.put("bare")

    assert table.names().name_of("bare") is None
    assert table.names().name_of("nobody") is None


def test_name_is_kept_and_an_agency_that_is_just_named_is_seen_at_once(table: Table) -> None:
    """What was found may be a minute old; what was not found is asked for again."""
    names = table.names()
    before = names.name_of("moic")

    table.put("moic", name="First", name_ar="الأول")
    first = names.name_of("moic")
    table.put("moic", name="Second", name_ar="الثاني")

    assert before is None
    assert first == names.name_of("moic") == Bilingual("First", "الأول")
