"""Reads the catalogue files; refuses them, naming file and entry, where something is missing, unknown or doubled."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from mizan.adapters.dynamodb.service_records import service_from_record
from mizan.domain.payments import PaymentMethod
from mizan.domain.services import ChannelCode, Service

FOLDER = Path(__file__).parent

AGENCY_FIELDS = frozenset({"code", "name", "name_ar"})
HOLIDAY_FIELDS = frozenset({"date", "name", "name_ar", "moon_dependent"})
SERVICE_FIELDS = frozenset({"code", "agency", "name", "name_ar", "phases", "channels", "exemptions"})
OPTIONAL_FLAG = "allows_partial"
OPTIONAL_SERVICE_FIELDS = frozenset({OPTIONAL_FLAG, "fees"})
CHANNEL_FIELDS = frozenset(
    {
        "code",
        "name",
        "name_ar",
        "needs_card",
        "needs_smartphone",
        "closes_in_phase",
        "steps",
        "steps_ar",
        "routes",
        "hours",
    }
)
ROUTE_FIELDS = frozenset({"method", "name", "name_ar", "needs", "minimum", "maximum", "steps", "steps_ar"})
HOURS_FIELDS = frozenset({"opens", "closes", "days"})
EXEMPTION_FIELDS = frozenset({"starts_on", "ends_on", "text", "text_ar"})
PHASE_FIELDS = frozenset({"1", "2", "3"})
FEE_FIELDS = frozenset({"method", "bearer", "flat", "basis_points", "minimum", "maximum"})

Entry = Mapping[str, Any]
Built = TypeVar("Built")


class CatalogueError(ValueError):
    """A catalogue file that cannot be used; says which file, which entry and why."""


@dataclass(frozen=True, slots=True)
class Agency:
    code: str
    name: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday in Bahrain. `moon_dependent`: an estimate until it is announced."""

    day: date
    name: str
    name_ar: str
    moon_dependent: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """In the order of the files. The agency of every service is among the agencies."""

    services: tuple[Service, ...]
    agencies: tuple[Agency, ...]
    holidays: tuple[Holiday, ...]


def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read services.json, agencies.json and holidays.json in `folder`. Raises CatalogueError."""
    agencies = _build(folder / "agencies.json", "agencies", "code", _agency)
    holidays = _build(folder / "holidays.json", "holidays", "date", _holiday)
    channels = {entry["code"]: entry for entry in _build(folder / "services.json", "channels", "code", _channel_entry)}
    fees = {entry["method"]: entry for entry in _build(folder / "services.json", "fees", "method", _fee_entry)}
    known_agencies = {agency.code for agency in agencies}
    services = _build(
        folder / "services.json", "services", "code", lambda entry: _service(entry, channels, fees, known_agencies)
    )
    return Catalogue(services, agencies, holidays)


def _build(path: Path, name: str, key: str, build: Callable[[Entry], Built]) -> tuple[Built, ...]:
    """Build each entry of the list `name`; `key` is the field that names an entry and must not repeat."""
    built: dict[str, Built] = {}
    for position, entry in enumerate(_entries(path, name)):
        label = entry.get(key, f"number {position}") if isinstance(entry, dict) else f"number {position}"
        try:
            if label in built:
                raise ValueError(f"{key} is used twice")
            built[label] = build(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise CatalogueError(f"{path.name}: {name}: {label}: {error}") from error
    return tuple(built.values())


def _entries(path: Path, name: str) -> Sequence[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    if not isinstance(content, dict) or content.get("sample") is not True:
        raise CatalogueError(f'{path.name}: must say "sample": true')
    entries = content.get(name)
    if not isinstance(entries, list) or not entries:
        raise CatalogueError(f"{path.name}: {name}: a list with entries is needed")
    return entries


def _require_fields(entry: Entry, fields: frozenset[str]) -> None:
    if not isinstance(entry, dict):
        raise TypeError("an object is needed")
    if entry.keys() != fields:
        wrong = sorted(entry.keys() ^ fields)
        raise ValueError(f"fields missing or unknown: {', '.join(wrong)}")


def _require_texts(entry: Entry, *names: str) -> None:
    for name in names:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise ValueError(f"{name}: a text is needed")


def _require_flags(entry: Entry, *names: str) -> None:
    for name in names:
        if not isinstance(entry[name], bool):
            raise TypeError(f"{name}: true or false is needed")


def _require_fils(entry: Entry, *names: str) -> None:
    for name in names:
        if not isinstance(entry[name], int) or isinstance(entry[name], bool):
            raise TypeError(f"{name}: a whole number is needed")


def _agency(entry: Entry) -> Agency:
    _require_fields(entry, AGENCY_FIELDS)
    _require_texts(entry, "code", "name", "name_ar")
    return Agency(entry["code"], entry["name"], entry["name_ar"])


def _holiday(entry: Entry) -> Holiday:
    _require_fields(entry, HOLIDAY_FIELDS)
    _require_texts(entry, "name", "name_ar")
    _require_flags(entry, "moon_dependent")
    return Holiday(date.fromisoformat(entry["date"]), entry["name"], entry["name_ar"], entry["moon_dependent"])


def _channel_entry(entry: Entry) -> Entry:
    _require_fields(entry, CHANNEL_FIELDS)
    _require_texts(entry, "name", "name_ar")
    _require_flags(entry, "needs_card", "needs_smartphone")
    ChannelCode(entry["code"])
    if entry["hours"] is not None:
        _require_fields(entry["hours"], HOURS_FIELDS)
    if not entry["routes"]:
        raise ValueError("a channel has at least one route")
    for route in entry["routes"]:
        _require_route(route)
    return entry


def _require_route(entry: Entry) -> None:
    _require_fields(entry, ROUTE_FIELDS)
    _require_texts(entry, "name", "name_ar")
    _require_fils(entry, "minimum", *(["maximum"] if entry["maximum"] is not None else []))


def _fee_entry(entry: Entry) -> Entry:
    _require_fields(entry, FEE_FIELDS)
    _require_fils(entry, "flat", "basis_points", "minimum")
    if entry["maximum"] is not None:
        _require_fils(entry, "maximum")
    PaymentMethod(entry["method"])
    return entry


def _service(entry: Entry, channels: Mapping[str, Entry], fees: Mapping[str, Entry], agencies: set[str]) -> Service:
    """`fees`: the rule of each method, which a service may replace by its own."""
    _require_fields(entry, SERVICE_FIELDS | (OPTIONAL_SERVICE_FIELDS & frozenset(entry)))
    _require_flags({OPTIONAL_FLAG: False, **entry}, OPTIONAL_FLAG)
    _require_texts(entry, "code", "agency", "name", "name_ar")
    _require_fields(entry["phases"], PHASE_FIELDS)
    for exemption in entry["exemptions"]:
        _require_fields(exemption, EXEMPTION_FIELDS)
    if entry["agency"] not in agencies:
        raise ValueError(f"agency {entry['agency']!r} is not among the agencies")
    unknown = [code for code in entry["channels"] if code not in channels]
    if unknown:
        raise ValueError(f"channels not described: {', '.join(unknown)}")
    own_fees = {fee["method"]: _fee_entry(fee) for fee in entry.get("fees", ())}
    described = [channels[code] for code in entry["channels"]]
    return service_from_record({**entry, "channels": described, "fees": [*{**fees, **own_fees}.values()]})
