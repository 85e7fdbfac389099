"""What can go wrong, as one tree. Texts for people live at the edge (`mizan.entrypoints.problems`), keyed by `slug`.

MizanError
├── InvalidInputError          the caller's request is wrong; names every wrong field
│   └── CapabilityMissingError     the rail that was asked for cannot do this
├── UnauthenticatedError       no credential, or one that is unknown, expired or revoked
├── ForbiddenError             the credential lacks a scope
├── PersonRequiredError        an API key calls where a person has to act
├── NotTheMakerError           only whoever made a request may take it back
├── AboveLimitError            the amount is above what this person may approve
├── FinanceOnlyError           the treasury decides this, not an agency
├── NotFoundError              no such object, or another agency's
├── ConflictError              the request contradicts what is stored
│   ├── IdempotencyConflictError   the same key or number with another body
│   ├── IllegalTransitionError     the state machine has no such edge
│   ├── RouteOpenError             serving without payment while something can be paid; says by which methods
│   ├── SamePersonError            who made it may not check it
│   ├── ReferenceTakenError        a derived reference belongs to another kind of thing (never leaves the use case)
│   └── StaleViewError             the caller decided on an amount that is no longer so
├── MethodUnavailableError     each rail that takes this method is down; says which methods are open
├── BusyError                  writers collided more often than the bounded retry allows; a retry is safe
├── GatewayError               the payment gateway; `retry_is_safe` says whether anything may have happened there
│   ├── GatewayUnavailableError    nothing was done; a retry is safe
│   ├── OutcomeUnknownError        something may have been done; inquire, never resend
│   └── InvalidCallbackError       a delivery that does not open or does not parse; quarantined
└── QuarantinedFileError       a file refused whole; carries each line and reason
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path (`lines.0.amount`) and a stable code (`amount_negative`)."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class LineError:
    """One wrong line of a file: its number (1-based; 0 is the file itself) and a stable reason code with its detail."""

    line: int
    code: str
    detail: str = ""


class MizanError(Exception):
    """Base of every error that callers may see; `slug` is the last part of the problem's `type` and never changes."""

    slug = "internal"


class InvalidInputError(MizanError):
    """The request cannot be accepted as it is. `fields` names every field that is wrong, not only the first."""

    slug = "invalid-input"

    def __init__(self, fields: Sequence[FieldError]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in fields))
        self.fields = tuple(fields)

    @classmethod
    def of(cls, field: str, code: str) -> "InvalidInputError":
        return cls([FieldError(field, code)])


class CapabilityMissingError(InvalidInputError):
    """The gateway that took the money has no such ability: money has to go back to another destination."""

    def __init__(self, code: str) -> None:
        super().__init__([FieldError("destination", code)])

    @classmethod
    def refunds(cls) -> "CapabilityMissingError":
        """The gateway does not refund: another destination, an IBAN, is needed."""
        return cls("refund_not_supported")


class UnauthenticatedError(MizanError):
    slug = "unauthenticated"


class ForbiddenError(MizanError):
    slug = "forbidden"

    def __init__(self, scope: str) -> None:
        super().__init__(f"scope {scope} is needed")
        self.scope = scope


class PersonRequiredError(MizanError):
    """An API key is shared and says nothing of who acts: this act needs a personal identity."""

    slug = "person-required"


class NotTheMakerError(MizanError):
    """Only whoever made a request may take it back; somebody else rejects it."""

    slug = "not-the-maker"


class AboveLimitError(MizanError):
    """The amount is above `limit`, in fils: the most that this person may approve at once."""

    slug = "above-limit"

    def __init__(self, limit: int) -> None:
        super().__init__(f"above {limit}")
        self.limit = limit


class FinanceOnlyError(MizanError):
    """The treasury's people decide this, not an agency's."""

    slug = "finance-only"


class NotFoundError(MizanError):
    """`what` is the kind of object: invoice, payment, refund, dispute, service, report, webhook-endpoint …"""

    slug = "not-found"

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class ConflictError(MizanError):
    slug = "conflict"


class IdempotencyConflictError(ConflictError):
    """The same Idempotency-Key (or the agency's own number) came before with another body."""

    slug = "idempotency-conflict"


class IllegalTransitionError(ConflictError):
    """`event` is not possible in `current`; `possible` lists the events that are."""

    slug = "illegal-transition"

    def __init__(self, machine: str, current: str, event: str, possible: Sequence[str]) -> None:
        super().__init__(f"{machine} is {current}: {event} is not possible")
        self.machine, self.current, self.event, self.possible = machine, current, event, tuple(possible)


class RouteOpenError(ConflictError):
    """A service is given without payment only while every way to pay that it offers is down: `available` are open."""

    slug = "route-open"

    def __init__(self, available: Sequence[str]) -> None:
        super().__init__("a way to pay is open")
        self.available = tuple(available)


class SamePersonError(ConflictError):
    """Maker and checker are one person. Four eyes is a condition on the person, whatever keys were used."""

    slug = "same-person"


class StaleViewError(ConflictError):
    """The caller stated what it saw (the refundable amount, in fils), and it is no longer so: `current` is."""

    slug = "stale-view"

    def __init__(self, current: int) -> None:
        super().__init__(f"the amount is now {current}")
        self.current = current


class ReferenceTakenError(ConflictError):
    """A derived reference belongs to another kind of thing already: the next probe is tried."""


class MethodUnavailableError(MizanError):
    """Every rail that takes `method` is down just now; `available` are the methods that are open. Nothing was done."""

    slug = "method-unavailable"

    def __init__(self, method: str, available: Sequence[str]) -> None:
        super().__init__(f"{method} is down")
        self.method, self.available = method, tuple(available)


class BusyError(MizanError):
    slug = "busy"


class GatewayError(MizanError):
    slug = "gateway"
    retry_is_safe = False


class GatewayUnavailableError(GatewayError):
    """The request never reached the gateway, or it said that it did nothing."""

    slug = "gateway-unavailable"
    retry_is_safe = True


class OutcomeUnknownError(GatewayError):
    """The request may have reached the gateway and no readable answer came back."""

    slug = "outcome-unknown"


class InvalidCallbackError(GatewayError):
    """`reason` is a stable code: undecryptable, unreadable, missing_field, wrong_track, too_large …"""

    slug = "invalid-callback"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class QuarantinedFileError(MizanError):
    """A file that is refused whole. `lines` names every line found wrong, with the reason."""

    slug = "file-quarantined"

    def __init__(self, lines: Sequence[LineError]) -> None:
        super().__init__("; ".join(f"line {error.line}: {error.code} {error.detail}".strip() for error in lines[:5]))
        self.lines = tuple(lines)
