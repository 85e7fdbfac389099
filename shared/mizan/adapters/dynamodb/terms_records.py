"""An invoice's terms as a map of short lists, and back. An invoice without any stores nothing."""

from datetime import date
from typing import Any

from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms


def terms_map(terms: Terms) -> dict[str, Any] | None:
    discount, late, partial = terms.discount, terms.late, terms.partial
    present = {
        "discount": [discount.amount, discount.until.isoformat()] if discount else None,
        "late": [late.amount, late.starts_on.isoformat()] if late else None,
        "partial": [partial.minimum, partial.maximum] if partial else None,
        "plans": [_plan_list(plan) for plan in terms.plans] or None,
        "expires": terms.expires_on.isoformat() if terms.expires_on else None,
    }
    return {name: value for name, value in present.items() if value is not None} or None


def terms_of(values: dict[str, Any] | None) -> Terms:
    if not values:
        return Terms()
    discount, late, partial = values.get("discount"), values.get("late"), values.get("partial")
    return Terms(
        discount=EarlyDiscount(discount[0], date.fromisoformat(discount[1])) if discount else None,
        late=LateCharge(late[0], date.fromisoformat(late[1])) if late else None,
        partial=PartialRule(*partial) if partial else None,
        plans=tuple(_plan_of(plan) for plan in values.get("plans", ())),
        expires_on=date.fromisoformat(values["expires"]) if "expires" in values else None,
    )


def _plan_list(plan: Plan) -> list[Any]:
    return [plan.plan_id, [[leg.amount, leg.due_date.isoformat()] for leg in plan.legs]]


def _plan_of(values: list[Any]) -> Plan:
    plan_id, legs = values
    return Plan(plan_id, tuple(Leg(amount, date.fromisoformat(due)) for amount, due in legs))
