"""Settlement files on their way in: each is taken whole or set aside whole, with every reason; none is ever lost.

Nothing leaves the inbox before the run that knows it is recorded, so a crash at any point is simply done again.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mizan.application.ports_reconciliation import ObjectStore, ReportWriter, Statement, StatementGate, StoredObject
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.reconciliation.runs import SourceFile, SourceStatus, newest_accepted

INBOX = "inbox/settlement/"
QUARANTINE = "quarantine/settlement/"
REPORTS = "reports/"
SIZE_BYTES_MAX = 256 * 1024 * 1024
"""Files above this are not even opened."""

CSV = "text/csv; charset=utf-8"
_NAME = re.compile(
    r"inbox/settlement/(?P<gateway>[a-z0-9_-]{1,40})/(?P<account>[A-Za-z0-9_.-]{1,80})/"
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[-.][^/]{1,200}"
)

AccountKey = tuple[str, str]
"""Gateway and account id."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file in the inbox whose name could be read."""

    stored: StoredObject
    gateway: str
    account_id: str
    business_date: date


@dataclass(slots=True)
class Intake:
    """What the files of one business date come to. `finished`: inbox objects that may go once the run is recorded."""

    business_date: date
    gate: StatementGate
    sources: list[SourceFile]
    statements: dict[AccountKey, Statement] = field(default_factory=dict)
    finished: list[StoredObject] = field(default_factory=list)


def read_name(stored: StoredObject) -> Delivery | None:
    """`inbox/settlement/{gateway}/{account_id}/{business_date}-*`; None for any other name."""
    match = _NAME.fullmatch(stored.key)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        return None
    return Delivery(stored, match["gateway"], match["account"], day)


class IntakeDesk:
    def __init__(
        self, *, store: ObjectStore, reports: ReportWriter, accounts: Mapping[AccountKey, MerchantAccount]
    ) -> None:
        self._store, self._reports, self._accounts = store, reports, accounts

    def take(
        self, day: date, deliveries: Iterable[Delivery], known: Sequence[SourceFile], gate: StatementGate, now: datetime
    ) -> Intake:
        """Judge the new files of a day beside those that earlier runs knew, and open each account's newest good one."""
        intake = Intake(day, gate, list(known))
        for delivery in sorted(deliveries, key=lambda found: (found.stored.modified_at, found.stored.key)):
            self._take_one(delivery, intake, now)
            intake.finished.append(delivery.stored)
        self._supersede(intake)
        for source in [found for found in intake.sources if found.status is SourceStatus.ACCEPTED]:
            key = (source.gateway, source.account_id)
            if key not in intake.statements and key in self._accounts:
                intake.statements[key] = self._reopen(source, intake)
        return intake

    def refuse_unnamed(self, stored: StoredObject) -> None:
        """A file that belongs to no account or day: set aside at once; no run can tell of it."""
        source = _source(stored, "", "", "unnamed")
        source = replace(source, kept_key=f"{QUARANTINE}unnamed/{stored.key.removeprefix('inbox/')}")
        self._set_aside(source, [LineError(0, "name_unreadable", stored.key)])
        self._store.remove(stored.key)

    def clear(self, finished: Iterable[StoredObject]) -> None:
        """Take out of the inbox what a recorded run knows; a file that was replaced meanwhile stays."""
        for stored in finished:
            if any(found == stored for found in self._store.listing(stored.key)):
                self._store.remove(stored.key)

    def _take_one(self, delivery: Delivery, intake: Intake, now: datetime) -> None:
        stored, key = delivery.stored, (delivery.gateway, delivery.account_id)
        content = self._store.read(stored.key) if stored.size_bytes <= SIZE_BYTES_MAX else None
        sha256 = hashlib.sha256(content).hexdigest() if content is not None else f"unread-{stored.size_bytes}"
        source = _source(stored, *key, sha256)
        if any(_is_same_delivery(source, seen) for seen in intake.sources):
            return  # recorded by a run that was cut off before it could clear the inbox
        is_seen = any(
            seen.sha256 == sha256 and seen.status in (SourceStatus.ACCEPTED, SourceStatus.SUPERSEDED)
            for seen in intake.sources
        )
        account = self._accounts.get(key)
        if content is None:
            self._refuse(intake, source, [LineError(0, "too_large", f"{stored.size_bytes} bytes")])
        elif account is None:
            self._refuse(intake, source, [LineError(0, "account_unknown", f"{key[0]}/{key[1]}")])
        elif delivery.business_date > business_date(now, account.cutoff):
            self._refuse(intake, source, [LineError(0, "date_in_future", delivery.business_date.isoformat())])
        elif is_seen:
            self._refuse(intake, source, [LineError(0, "duplicate_file", sha256)], SourceStatus.DUPLICATE)
        else:
            self._check(source, content, account, intake)

    def _check(self, source: SourceFile, content: bytes, account: MerchantAccount, intake: Intake) -> None:
        try:
            statement = intake.gate.check(content, account=account, business_date=intake.business_date)
        except QuarantinedFileError as error:
            self._refuse(intake, source, error.lines)
            return
        kept_key = f"{REPORTS}{intake.business_date}/inputs/{source.sha256[:16]}-{source.name}"
        self._store.write(kept_key, content, CSV)
        movements = statement.movements
        accepted = replace(
            source,
            status=SourceStatus.ACCEPTED,
            kept_key=kept_key,
            line_count=statement.line_count,
            net=movements.lines.amount,
            fees=movements.fees,
        )
        intake.sources.append(accepted)
        intake.statements[source.gateway, source.account_id] = statement

    def _refuse(
        self,
        intake: Intake,
        source: SourceFile,
        errors: Sequence[LineError],
        status: SourceStatus = SourceStatus.QUARANTINED,
    ) -> None:
        refused = replace(source, status=status, errors=tuple(errors))
        self._set_aside(refused, errors)
        intake.sources.append(refused)

    def _set_aside(self, source: SourceFile, errors: Sequence[LineError]) -> None:
        """The note first: a file in quarantine always has its reasons beside it."""
        self._store.write(f"{source.kept_key}.json", self._reports.quarantine_note(source, errors), "application/json")
        self._store.copy(source.key, source.kept_key)

    def _reopen(self, source: SourceFile, intake: Intake) -> Statement:
        """An earlier run's file, from where it is kept: it passed the gate then, so failing now is a fault of ours."""
        content = self._store.read(source.kept_key)
        if content is None or hashlib.sha256(content).hexdigest() != source.sha256:
            raise RuntimeError(f"a kept settlement file is gone or changed: {source.kept_key}")
        account = self._accounts[source.gateway, source.account_id]
        return intake.gate.check(content, account=account, business_date=intake.business_date)

    @staticmethod
    def _supersede(intake: Intake) -> None:
        """A file is its day's whole statement: the newest good one counts, earlier ones stay listed."""
        for position, source in enumerate(intake.sources):
            newest = newest_accepted(intake.sources, source.gateway, source.account_id)
            if source.status is SourceStatus.ACCEPTED and newest is not source:
                intake.sources[position] = replace(source, status=SourceStatus.SUPERSEDED)


def _is_same_delivery(source: SourceFile, seen: SourceFile) -> bool:
    return (source.key, source.received_at, source.sha256) == (seen.key, seen.received_at, seen.sha256)


def _source(stored: StoredObject, gateway: str, account_id: str, sha256: str) -> SourceFile:
    """As delivered, not judged yet: kept in quarantine unless it passes."""
    name = stored.key.rpartition("/")[2]
    return SourceFile(
        key=stored.key,
        gateway=gateway,
        account_id=account_id,
        sha256=sha256,
        size_bytes=stored.size_bytes,
        received_at=stored.modified_at,
        status=SourceStatus.QUARANTINED,
        kept_key=f"{QUARANTINE}{gateway}/{account_id}/{sha256[:16]}/{name}",
    )
