"""What bank transfers and suspense need from the world, as protocols."""

from dataclasses import dataclass
from typing import Protocol

from mizan.domain.errors import LineError
from mizan.domain.incoming_credits import BankFile
from mizan.domain.suspense import SuspenseCase, SuspenseState


class BankFileReader(Protocol):
    def __call__(self, content: bytes) -> BankFile:
        """Raises QuarantinedFileError, and nothing else, naming every wrong line."""
        ...


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is set aside, as its note tells of it."""

    key: str
    kept_key: str
    account_id: str
    sha256: str
    size_bytes: int
    errors: tuple[LineError, ...]


class RefusalNote(Protocol):
    def __call__(self, refused: RefusedFile) -> bytes:
        """The JSON that is put beside a refused file: every wrong line with its reason in both languages."""
        ...


@dataclass(frozen=True, slots=True)
class CasePage:
    """Oldest first; `cursor` continues it, None at the end."""

    cases: tuple[SuspenseCase, ...]
    cursor: str | None


class SuspenseCases(Protocol):
    def get(self, case_id: str) -> SuspenseCase | None:
        """Strongly consistent. None also for what is not a case's id."""
        ...

    def page(self, state: SuspenseState, *, limit: int, cursor: str | None) -> CasePage:
        """Cases in that state, oldest first. Eventually consistent (an index). Raises InvalidInputError on a cursor
        that this did not give.
        """
        ...


class ReferenceReservations(Protocol):
    def reserve(self, reference: str, identity: str) -> bool:
        """Take a reference for something that is no invoice: one conditional put. False where something else has it;
        the same identity again is True.
        """
        ...


class RemitterIndex(Protocol):
    """Which invoices were paid from an account before: rows under a keyed hash of its IBAN."""

    def put(self, iban: str, row: str) -> None:
        """`row` is `{instant}#{reference}`; said again, nothing changes."""
        ...

    def rows_of(self, iban: str, *, limit: int) -> list[str]:
        """The latest rows first."""
        ...
