"""Quotes and baskets in DynamoDB: a quote beside its invoice, a basket under a reference of its own."""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.changes import IS_NEW
from mizan.adapters.dynamodb.errors import is_lost_race, old_item
from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.invoice_records import head_key
from mizan.adapters.dynamodb.invoices import BASKET
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.baskets import Basket
from mizan.domain.errors import BusyError, ReferenceTakenError
from mizan.domain.quotes import Quote

QUOTE_KEPT_FOR = timedelta(days=400)
"""As long as a gateway's delivery: what was quoted explains how late money was judged."""


class DynamoQuoteBook:
    """Implements `QuoteBook`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def keep(self, quote_id: str, quote: Quote, now: datetime) -> Quote:
        item = {
            **_quote_key(quote.reference, quote_id),
            "quote": _quote_list(quote),
            "ttl": int((now + QUOTE_KEPT_FOR).timestamp()),
        }
        existing = _put_new(self._client, self._table, item)
        return _quote_of(existing["quote"]) if existing else quote

    def get(self, reference: str, quote_id: str) -> Quote | None:
        item = _read(self._client, self._table, _quote_key(reference, quote_id))
        return _quote_of(item["quote"]) if item else None


class DynamoBasketRepository:
    """Implements `BasketRepository`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def add(self, basket: Basket) -> Basket | None:
        existing = _put_new(self._client, self._table, _basket_item(basket))
        if existing is None:
            return None
        if existing.get("kind") != BASKET:
            raise ReferenceTakenError("the reference is an invoice's")
        return _basket_of(existing)

    def get(self, reference: str) -> Basket | None:
        item = _read(self._client, self._table, head_key(reference))
        return _basket_of(item) if item and item.get("kind") == BASKET else None


def _quote_key(reference: str, quote_id: str) -> dict[str, str]:
    return {"pk": f"INV#{reference}", "sk": f"QTE#{quote_id}"}


def _quote_list(quote: Quote) -> list[Any]:
    return [
        quote.reference,
        quote.agency,
        quote.service,
        quote.amount,
        quote.discharge,
        quote.valid_until.isoformat(),
        quote.plan,
        quote.leg,
    ]


def _quote_of(values: list[Any]) -> Quote:
    reference, agency, service, amount, discharge, valid_until, plan, leg = values
    return Quote(reference, agency, service, amount, discharge, datetime.fromisoformat(valid_until), plan, leg)


def _basket_item(basket: Basket) -> dict[str, Any]:
    return {
        **head_key(basket.reference),
        "kind": BASKET,
        "agency": basket.agency,
        "currency": basket.currency,
        "quotes": [_quote_list(quote) for quote in basket.quotes],
        "created": basket.created_at.isoformat(),
        "identity": basket.identity,
        "fingerprint": basket.fingerprint,
        "correlation": basket.correlation_id,
        "history": history_list(basket.history),
    }


def _basket_of(item: dict[str, Any]) -> Basket:
    return Basket(
        reference=item["pk"].removeprefix("INV#"),
        agency=item["agency"],
        currency=item["currency"],
        quotes=tuple(_quote_of(values) for values in item["quotes"]),
        created_at=datetime.fromisoformat(item["created"]),
        identity=item["identity"],
        fingerprint=item["fingerprint"],
        correlation_id=item["correlation"],
        history=history_of(item["history"]),
    )


def _put_new(client: Any, table: str, item: dict[str, Any]) -> dict[str, Any] | None:
    """None when stored, else the item that was there. Raises BusyError while another writes it."""
    try:
        client.put_item(
            TableName=table,
            Item=pack(item),
            ConditionExpression=IS_NEW,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_lost_race(error):
            raise
        existing = old_item(error) or _read(client, table, {"pk": item["pk"], "sk": item["sk"]})
        if existing is None:
            raise BusyError("it is being written") from error
        return existing
    return None


def _read(client: Any, table: str, key: dict[str, str]) -> dict[str, Any] | None:
    answer = client.get_item(TableName=table, Key=pack(key), ConsistentRead=True)
    return unpack(answer["Item"]) if "Item" in answer else None
