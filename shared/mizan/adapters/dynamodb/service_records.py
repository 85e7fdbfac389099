"""A service as a plain record: the shape of its item in the table, and of its entry in the catalogue file.

What is None may be absent: the table stores no nulls.

{code, agency, name, name_ar, phases: {"1"|"2"|"3": iso date or None},
 channels: [{code, name, name_ar, needs_card, needs_smartphone, closes_in_phase: 1..3 or None, steps, steps_ar,
   routes: [{method or None, name, name_ar, needs, minimum: fils, maximum: fils or None, steps, steps_ar}],
   hours: {opens: "hh:mm", closes: "hh:mm", days: "daily"|"working"} or None}],
 exemptions: [{starts_on, ends_on or None, text, text_ar}], allows_partial: bool,
 fees: [{method, bearer, flat: fils, basis_points, minimum: fils, maximum: fils or None}]}
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from mizan.domain.fees import FeeBearer, FeeRule
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import Need, OpeningHours, Route
from mizan.domain.services import CashExemption, Channel, ChannelCode, Phase, PhaseDates, Service

Record = Mapping[str, Any]

DAILY, WORKING = "daily", "working"


def service_to_record(service: Service) -> dict[str, Any]:
    phases = service.phases
    return {
        "code": service.code,
        "agency": service.agency,
        "name": service.name,
        "name_ar": service.name_ar,
        "phases": {str(int(phase)): _iso(phases.starts_on(phase)) for phase in list(Phase)[1:]},
        "channels": [_channel_to_record(channel) for channel in service.channels],
        "exemptions": [_exemption_to_record(exemption) for exemption in service.exemptions],
        "allows_partial": service.allows_partial,
        "fees": [_fee_to_record(method, rule) for method, rule in service.fees.items()],
    }


def service_from_record(record: Record) -> Service:
    """Raises KeyError, TypeError or ValueError where the record is not a service."""
    phases = record["phases"]
    return Service(
        code=record["code"],
        agency=record["agency"],
        name=record["name"],
        name_ar=record["name_ar"],
        phases=PhaseDates(*(_day(phases.get(number)) for number in ("1", "2", "3"))),
        channels=tuple(_channel_from_record(channel) for channel in record["channels"]),
        exemptions=tuple(_exemption_from_record(exemption) for exemption in record["exemptions"]),
        allows_partial=record.get("allows_partial", False),
        fees=dict(_fee_from_record(fee) for fee in record.get("fees", ())),
    )


def _channel_to_record(channel: Channel) -> dict[str, Any]:
    return {
        "code": channel.code.value,
        "name": channel.name,
        "name_ar": channel.name_ar,
        "needs_card": channel.needs_card,
        "needs_smartphone": channel.needs_smartphone,
        "closes_in_phase": None if channel.closes_in_phase is None else int(channel.closes_in_phase),
        "steps": list(channel.steps),
        "steps_ar": list(channel.steps_ar),
        "routes": [_route_to_record(route) for route in channel.routes],
        "hours": _hours_to_record(channel.hours) if channel.hours else None,
    }


def _channel_from_record(record: Record) -> Channel:
    closes = record.get("closes_in_phase")
    return Channel(
        code=ChannelCode(record["code"]),
        name=record["name"],
        name_ar=record["name_ar"],
        needs_card=record["needs_card"],
        needs_smartphone=record["needs_smartphone"],
        closes_in_phase=None if closes is None else Phase(closes),
        steps=tuple(record["steps"]),
        steps_ar=tuple(record["steps_ar"]),
        routes=tuple(_route_from_record(route) for route in record.get("routes", ())),
        hours=_hours_from_record(record["hours"]) if record.get("hours") else None,
    )


def _route_to_record(route: Route) -> dict[str, Any]:
    return {
        "method": None if route.method is None else route.method.value,
        "name": route.name,
        "name_ar": route.name_ar,
        "needs": sorted(need.value for need in route.needs),
        "minimum": route.minimum,
        "maximum": route.maximum,
        "steps": list(route.steps),
        "steps_ar": list(route.steps_ar),
    }


def _route_from_record(record: Record) -> Route:
    method = record.get("method")
    return Route(
        method=None if method is None else PaymentMethod(method),
        name=record["name"],
        name_ar=record["name_ar"],
        needs=frozenset(Need(need) for need in record["needs"]),
        minimum=record["minimum"],
        maximum=record.get("maximum"),
        steps=tuple(record["steps"]),
        steps_ar=tuple(record["steps_ar"]),
    )


def _hours_to_record(hours: OpeningHours) -> dict[str, str]:
    days = WORKING if hours.is_working_days else DAILY
    return {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}", "days": days}


def _hours_from_record(record: Record) -> OpeningHours:
    is_working_days = {DAILY: False, WORKING: True}[record["days"]]
    return OpeningHours(time.fromisoformat(record["opens"]), time.fromisoformat(record["closes"]), is_working_days)


def _exemption_to_record(exemption: CashExemption) -> dict[str, Any]:
    return {
        "starts_on": exemption.starts_on.isoformat(),
        "ends_on": _iso(exemption.ends_on),
        "text": exemption.text,
        "text_ar": exemption.text_ar,
    }


def _exemption_from_record(record: Record) -> CashExemption:
    return CashExemption(
        starts_on=date.fromisoformat(record["starts_on"]),
        ends_on=_day(record.get("ends_on")),
        text=record["text"],
        text_ar=record["text_ar"],
    )


def _fee_to_record(method: PaymentMethod, rule: FeeRule) -> dict[str, Any]:
    return {
        "method": method.value,
        "bearer": rule.bearer.value,
        "flat": rule.flat,
        "basis_points": rule.basis_points,
        "minimum": rule.minimum,
        "maximum": rule.maximum,
    }


def _fee_from_record(record: Record) -> tuple[PaymentMethod, FeeRule]:
    rule = FeeRule(
        bearer=FeeBearer(record["bearer"]),
        flat=record["flat"],
        basis_points=record["basis_points"],
        minimum=record["minimum"],
        maximum=record.get("maximum"),
    )
    return PaymentMethod(record["method"]), rule


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
