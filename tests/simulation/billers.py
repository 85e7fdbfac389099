"""A bank's app and an operator's kiosks: money has moved when they tell of it. What they took is the truth.

They tell late, more than once, of the settlement before the payment and of a reversal before either, and now and then
of one transaction under two references; and they tell again until they are answered. Their protocol is a plain one:
wire formats have tests of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    BillRefusal,
    BillView,
    NoticeKind,
    NoticeMessage,
    NoticeVerdict,
    PaymentNotice,
    WireAnswer,
    WireRequest,
)
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.payments import Capture
from tests.simulation.fate import Dice
from tests.simulation.kernel import HOUR, MINUTE, SECOND, START, Kernel

BANK = MerchantAccount(
    account_id="acc-bank",
    token="tok-bank",
    gateway="mfep",
    agency=PLATFORM_AGENCY,
    terminal_id="BANK0001",
    method="bank_app",
    base_url="https://bank.invalid",
    cutoff=time(0, 0),
    is_active=True,
    secrets=AccountSecrets(password="pw", resource_key="K" * 32),
    effective_from=START,
)
KIOSK = replace(
    BANK,
    account_id="acc-kiosk",
    token="tok-kiosk",
    gateway="kiosk",
    method="kiosk",
    terminal_id="KIOSK001",
)
BILLER_ACCOUNTS = {"bank": BANK, "kiosk": KIOSK}

SETTLES_AFTER = HOUR
"""A bank has advised of the settlement of what it took by then."""


@dataclass
class Taken:
    """One payment at a bank or a kiosk. `other_reference`: what it may be told under by mistake; `kept`: under which of
    the two its notices were acknowledged.
    """

    transaction: str
    account: MerchantAccount
    reference: str
    amount: int
    currency: str
    paid_at: datetime
    other_reference: str
    is_reversed: bool = False
    is_settled: bool = False
    kept: set[str] = field(default_factory=set)

    @property
    def capture(self) -> Capture:
        return Capture(self.amount, self.currency, self.transaction, self.transaction, "", "", self.paid_at)

    def line(self, kind: NoticeKind, reference: str) -> str:
        told = (kind, self.transaction, reference, self.amount, self.currency, self.paid_at)
        return "|".join(map(str, told))


@dataclass(frozen=True)
class Telling:
    """When a payment is told of, after it was made. `other_wait`: when also under another reference; 0: never."""

    waits: tuple[int, ...]
    reversed_after: int = 0
    reversal_wait: int = 0
    other_wait: int = 0

    @classmethod
    def of(cls, dice: Dice) -> "Telling":
        scale = {2 * SECOND: 50, 40 * SECOND: 25, 10 * MINUTE: 12, 3 * HOUR: 8, 30 * HOUR: 5}
        waits = tuple(SECOND + dice.below(dice.weighted(scale)) for _ in range(dice.weighted({1: 70, 2: 30})))
        is_reversed, is_confused = dice.chance(2_000), dice.chance(700)
        return cls(
            waits,
            reversed_after=SECOND + dice.below(dice.pick([SECOND, MINUTE, 20 * MINUTE])) if is_reversed else 0,
            reversal_wait=dice.below(dice.pick([SECOND, MINUTE, 20 * MINUTE])),
            other_wait=SECOND + dice.below(dice.pick([2 * SECOND, MINUTE])) if is_confused else 0,
        )


Deliver = Callable[[str, MerchantAccount, BillerOperation, bytes, Callable[[WireAnswer | None], None]], None]


@dataclass
class SimulatedBillers:
    """`deliver(name, account, operation, body, told)` posts to our address; `told` gets the answer, or None."""

    kernel: Kernel
    deliver: Deliver
    taken: dict[str, Taken] = field(default_factory=dict)
    acknowledged: list[bytes] = field(default_factory=list)

    def take(self, taken: Taken, telling: Telling) -> None:
        """The payer's money is in; what follows happens by itself."""
        self.taken[taken.transaction] = taken
        kind = NoticeKind.PAID if taken.account is BANK else NoticeKind.SETTLED
        for number, wait in enumerate(telling.waits):
            self._tell(f"{taken.transaction} {number}", taken.account, [taken.line(kind, taken.reference)], wait)
        if telling.other_wait:
            line = taken.line(kind, taken.other_reference)
            self._tell(f"{taken.transaction} other", taken.account, [line], telling.other_wait)
        if telling.reversed_after:
            self.kernel.after(telling.reversed_after, lambda: self._reverse(taken, telling.reversal_wait))
        if taken.account is BANK:
            self.kernel.after(SETTLES_AFTER, lambda: self.settle(f"after {taken.transaction}"))

    def settle(self, message_id: str) -> None:
        """The bank advises of everything that it has not advised of, in one message."""
        lines = []
        for taken in self.taken.values():
            if taken.account is BANK and not (taken.is_settled or taken.is_reversed):
                taken.is_settled = True
                lines.append(taken.line(NoticeKind.SETTLED, taken.reference))
        if lines:
            self._tell(f"settled {message_id}", BANK, lines, SECOND, message_id)

    def _reverse(self, taken: Taken, wait: int) -> None:
        if taken.is_settled:
            return  # what is settled is not taken back without a word between people
        taken.is_reversed = True
        self._tell(
            f"{taken.transaction} reversed", taken.account, [taken.line(NoticeKind.REVERSED, taken.reference)], wait
        )

    # -- telling until it is answered ---------------------------------------------------------------------------------

    def _tell(self, name: str, account: MerchantAccount, lines: list[str], wait: int, message_id: str = "") -> None:
        body = "\n".join([message_id, *lines]).encode()
        is_reversal = lines[0].startswith(NoticeKind.REVERSED)
        operation = BillerOperation.REVERSAL if is_reversal else BillerOperation.NOTICE
        self.kernel.after(wait, lambda: self._post(name, 0, account, operation, body))

    def _post(self, name: str, attempt: int, account: MerchantAccount, operation: BillerOperation, body: bytes) -> None:
        def told(answer: WireAnswer | None) -> None:
            if answer is None:
                wait = SECOND + self.kernel.fate.dice(f"again {name} {attempt}").below(3 * MINUTE)
                self.kernel.after(wait, lambda: self._post(name, attempt + 1, account, operation, body))
            else:
                self._hear(answer, body)

        self.deliver(f"tell {name} {attempt}", account, operation, body, told)

    def _hear(self, answer: WireAnswer, body: bytes) -> None:
        verdicts = dict(line.split(" ") for line in answer.body.decode().splitlines())
        for line in body.decode().splitlines()[1:]:
            kind, transaction, reference, *_ = line.split("|")
            verdict = verdicts.get(transaction, "refused")
            self.kernel.seen[f"notice {verdict}"] += 1
            if verdict == NoticeVerdict.KEPT:
                self.taken[transaction].kept.add(reference)
                self.acknowledged.append(body)
            elif kind != NoticeKind.PAID and reference == self.taken[transaction].reference:
                self._correct(self.taken[transaction], NoticeKind(kind))

    def _correct(self, taken: Taken, kind: NoticeKind) -> None:
        """It was told of under the other reference before: what follows is told under that."""
        line = taken.line(kind, taken.other_reference)
        self._tell(f"{taken.transaction} {kind} corrected", taken.account, [line], SECOND)


class PlainBiller:
    """Implements `BillerProtocol`: a message id, then a line for each payment."""

    name = "plain"

    def read_inquiry(self, account: MerchantAccount, request: WireRequest) -> BillInquiry:
        return BillInquiry(request.body.decode(), "")

    def answer_inquiry(
        self, account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
    ) -> WireAnswer:
        amount = str(bill) if isinstance(bill, BillRefusal) else str(bill.amount)
        return WireAnswer(200, "text/plain", amount.encode())

    def read_notices(self, account: MerchantAccount, request: WireRequest) -> NoticeMessage:
        message_id, *lines = request.body.decode("ascii", "replace").split("\n")
        try:
            return NoticeMessage(message_id, tuple(_notice(line) for line in lines))
        except ValueError:
            raise InvalidCallbackError("bad_schema") from None

    def acknowledge(
        self,
        account: MerchantAccount,
        request: WireRequest,
        message: NoticeMessage,
        verdicts: Mapping[str, NoticeVerdict],
    ) -> WireAnswer:
        lines = [f"{transaction} {verdict}" for transaction, verdict in verdicts.items()]
        return WireAnswer(200, "text/plain", "\n".join(lines).encode())

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer:
        return WireAnswer(400, "text/plain", f"- {reason}".encode())


def _notice(line: str) -> PaymentNotice:
    kind, transaction, reference, amount, currency, paid_at = line.split("|")
    return PaymentNotice(
        NoticeKind(kind), transaction, reference, int(amount), currency, datetime.fromisoformat(paid_at)
    )


class PlainBillers:
    """`BillerRegistry`: the one protocol under every name."""

    def get(self, name: str) -> PlainBiller:
        return PlainBiller()
