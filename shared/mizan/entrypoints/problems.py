"""Errors to problem details (RFC 9457), through one table. Standard library only; the framework is in `http`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mizan.domain.errors import (
    AboveLimitError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidInputError,
    MethodUnavailableError,
    MizanError,
    NotFoundError,
    RouteOpenError,
    StaleViewError,
)
from mizan.entrypoints.field_texts import message_of
from mizan.entrypoints.problem_texts import KINDS, THINGS, Text

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "https://mizan.invalid/problems/"
FIELD_NAME_LENGTH_MAX = 120
RETRY_AFTER_SECONDS = {"busy": 1, "method-unavailable": 60}


@dataclass(frozen=True, slots=True)
class WrongField:
    """One wrong field: its path (`lines.0.amount`), a stable code, and the limit that it breaks, if any."""

    field: str
    code: str
    limit: object = None

    def as_member(self) -> dict[str, str]:
        message = message_of(self.code, self.limit)
        return {
            "field": printable(self.field),
            "code": self.code,
            "message": message.en,
            "message_ar": message.ar,
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, ready to be answered. `members` are extensions beside those that every problem has."""

    slug: str
    detail: Text | None = None
    errors: Sequence[WrongField] = ()
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return KINDS[self.slug].status

    @property
    def headers(self) -> dict[str, str]:
        """Headers beside the content type: when to come again, how to authenticate."""
        if self.slug in RETRY_AFTER_SECONDS:
            return {"Retry-After": str(RETRY_AFTER_SECONDS[self.slug])}
        return {"WWW-Authenticate": 'Bearer realm="mizan"'} if self.slug == "unauthenticated" else {}

    def as_document(self, correlation_id: str, request_id: str) -> dict[str, Any]:
        kind = KINDS[self.slug]
        detail = self.detail or kind.detail
        return {
            "type": TYPE_PREFIX + self.slug,
            "title": kind.title.en,
            "title_ar": kind.title.ar,
            "status": kind.status,
            "detail": detail.en,
            "detail_ar": detail.ar,
            "instance": f"urn:mizan:request:{request_id}",
            "correlation_id": correlation_id,
            "errors": [error.as_member() for error in self.errors],
            **self.members,
        }


def problem_of(error: MizanError) -> Problem:
    """The problem that an error is to its caller. Slugs without a kind are internal: nothing of them leaks."""
    match error:
        case InvalidInputError():
            return Problem(error.slug, errors=[WrongField(wrong.field, wrong.code) for wrong in error.fields])
        case NotFoundError():
            return Problem(error.slug, THINGS.get(error.what, THINGS["route"]))
        case ForbiddenError():
            return Problem(error.slug, KINDS[error.slug].detail.filled(scope=error.scope))
        case IllegalTransitionError():
            return Problem(
                error.slug,
                KINDS[error.slug].detail.filled(machine=error.machine, current=error.current, event=error.event),
                members={"current": str(error.current), "possible": [str(event) for event in error.possible]},
            )
        case AboveLimitError() | StaleViewError() | MethodUnavailableError() | RouteOpenError():
            return Problem(error.slug, members=_members_of(error))
        case _:
            return Problem(error.slug if error.slug in KINDS else "internal")


def _members_of(error: AboveLimitError | StaleViewError | MethodUnavailableError | RouteOpenError) -> dict[str, Any]:
    if isinstance(error, RouteOpenError):
        return {"available": [str(method) for method in error.available]}
    if isinstance(error, MethodUnavailableError):
        return {"method": str(error.method), "available": [str(method) for method in error.available]}
    return {"limit": error.limit} if isinstance(error, AboveLimitError) else {"current": error.current}


def not_found_route() -> Problem:
    """No operation at this address, or not with this method."""
    return Problem("not-found", THINGS["route"])


def printable(name: str) -> str:
    """A caller's own field name, cut and freed of what no text should carry (controls, lone surrogates)."""
    cut = name if len(name) <= FIELD_NAME_LENGTH_MAX else name[:FIELD_NAME_LENGTH_MAX] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)
