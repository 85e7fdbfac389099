"""From query parameters to the question that they ask."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from mizan.application.search_invoices import RANGE_DAY_COUNT_MAX, InvoiceQuery
from mizan.domain.calendar import business_date
from mizan.domain.errors import FieldError, InvalidInputError


def query_of(
    agency: str,
    days: Mapping[str, date | None],
    filters: Mapping[str, Any],
    *,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> InvoiceQuery:
    """`days`: created_on, created_from, created_to; `filters`: invoice_number, payer, state, service; None: not asked.

    Raises InvalidInputError on what contradicts each other.
    """
    if errors := _wrong_combinations(days, filters):
        raise InvalidInputError(errors)
    first, last = _range(days, business_date(now), has_payer=filters["payer"] is not None)
    if first is not None and last is not None and last < first:
        raise InvalidInputError.of("created_to", "date_before_start")
    if first is not None and last is not None and (last - first).days >= RANGE_DAY_COUNT_MAX:
        raise InvalidInputError.of("created_to", "range_too_long")
    return InvoiceQuery(agency, limit, first, last, cursor=cursor, **filters)


def _wrong_combinations(days: Mapping[str, date | None], filters: Mapping[str, Any]) -> list[FieldError]:
    if filters["invoice_number"] is not None:
        others = [*days.items(), *((name, value) for name, value in filters.items() if name != "invoice_number")]
        return [FieldError(name, "not_together") for name, value in others if value is not None]
    ends = [name for name in ("created_from", "created_to") if days[name] is not None]
    if days["created_on"] is not None:
        return [FieldError(name, "not_together") for name in ends]
    is_open = ends == ["created_to"] and filters["payer"] is None
    return [FieldError("created_from", "missing")] if is_open else []


def _range(days: Mapping[str, date | None], today: date, *, has_payer: bool) -> tuple[date | None, date | None]:
    first, last = days["created_on"] or days["created_from"], days["created_on"] or days["created_to"]
    if has_payer:
        return first, last  # a payer's invoices of every day, unless days are named
    return first or today, last or today
