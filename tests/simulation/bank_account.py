"""The treasury's account at a bank: transfers come in, are told of in files, and some were a mistake of the bank's.

A file is taken entry by entry, again as long as one of them fails, and sometimes by two workers at once. An advice
tells of an entry before the statement does, or never; a reversal may be told of before what it takes back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.incoming_credits import IncomingCredit, Remitter
from mizan.domain.payments import Capture
from tests.simulation.billers import BANK
from tests.simulation.fate import Dice
from tests.simulation.kernel import HOUR, MINUTE, SECOND, Kernel, Outcome

TREASURY_ACCOUNT = replace(
    BANK,
    account_id="acc-treasury",
    token="tok-treasury",
    gateway="bank_transfer",
    method="bank_transfer",
    terminal_id="BH67BMAG00001299123456",
)
REMITTER = Remitter("Maryam Ali", "BH57NBOB00001234567890")


@dataclass
class Transfer:
    """One credit in the account. `is_reversed`: the bank has taken it out again."""

    account: MerchantAccount
    entry: IncomingCredit
    is_reversed: bool = False

    @property
    def capture(self) -> Capture:
        entry = self.entry
        return Capture(entry.amount, entry.currency, entry.bank_reference, entry.bank_reference, "", "", entry.paid_at)


@dataclass(frozen=True)
class Files:
    """When an entry is told of, after it came in. 0: not by an advice; not taken back."""

    statement_wait: int
    advice_wait: int = 0
    reversed_after: int = 0
    reversal_wait: int = 0

    @classmethod
    def of(cls, dice: Dice) -> "Files":
        scale = {20 * SECOND: 50, 5 * MINUTE: 30, 3 * HOUR: 15, 30 * HOUR: 5}
        is_advised, is_reversed = dice.chance(6_000), dice.chance(2_000)
        return cls(
            SECOND + dice.below(dice.weighted(scale)),
            advice_wait=SECOND + dice.below(dice.weighted(scale)) if is_advised else 0,
            reversed_after=SECOND + dice.below(dice.pick([10 * SECOND, 20 * MINUTE])) if is_reversed else 0,
            reversal_wait=dice.below(dice.pick([SECOND, MINUTE, HOUR])),
        )


@dataclass
class SimulatedBankAccount:
    """`take(entry)` is what the platform does with one entry of a file."""

    kernel: Kernel
    take: Callable[[MerchantAccount, IncomingCredit], object]
    transfers: dict[str, Transfer] = field(default_factory=dict)

    def receive(self, reference: str, amount: int, currency: str, text: str, files: Files) -> None:
        """Money comes in under the bank's own `reference`; the files follow by themselves."""
        now = self.kernel.now()
        entry = IncomingCredit(
            line=1,
            amount=amount,
            currency=currency,
            booked_on=business_date(now),
            value_date=business_date(now),
            bank_reference=reference,
            entry_amount=amount,
            remittance=text,
            remitter=REMITTER,
            ordered_at=now,
        )
        transfer = Transfer(TREASURY_ACCOUNT, entry)
        self.transfers[reference] = transfer
        self._tell(f"statement {reference}", entry, files.statement_wait)
        if files.advice_wait:
            self._tell(f"advice {reference}", entry, files.advice_wait)
        if files.reversed_after:
            self.kernel.after(files.reversed_after, lambda: self._reverse(transfer, now, files.reversal_wait))

    def _reverse(self, transfer: Transfer, now: datetime, wait: int) -> None:
        transfer.is_reversed = True
        entry = replace(transfer.entry, is_reversal=True, ordered_at=None, booked_at=now)
        self._tell(f"reversal {entry.bank_reference}", entry, wait)

    def _tell(self, name: str, entry: IncomingCredit, wait: int) -> None:
        self.kernel.after(wait, lambda: self._work(name, 0, entry))
        if self.kernel.fate.dice(f"twice {name}").chance(2_500):
            self.kernel.after(wait, lambda: self._work(f"{name}+", 0, entry))

    def _work(self, name: str, attempt: int, entry: IncomingCredit) -> None:
        """The file stays in the inbox until all of it is taken."""

        def then(end: Outcome) -> None:
            if not end.is_done:
                wait = SECOND + self.kernel.fate.dice(f"next {name} {attempt}").below(2 * MINUTE)
                self.kernel.after(wait, lambda: self._work(name, attempt + 1, entry))
            else:
                self.kernel.seen[f"credit {end.value}"] += 1

        self.kernel.spawn(f"{name} {attempt}", lambda: self.take(TREASURY_ACCOUNT, entry), then=then)
