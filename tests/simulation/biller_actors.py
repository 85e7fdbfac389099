"""Payers at a bank's app and at kiosks: they look a bill up and pay it, or pay without looking."""

from mizan.application.ports_billers import BillInquiry, BillView
from tests.simulation.actors import AMOUNTS, Actors
from tests.simulation.billers import BANK, BILLER_ACCOUNTS, Taken, Telling

NOWHERE = 9
"""The number of a bill that nobody raises."""


class BillerActors(Actors):
    def pay_at_counter(self, number: int, name: str, rail: str, delta: int, is_blind: int) -> None:
        """Pay invoice `number`: what it is shown to cost and `delta` fils more, or what the paper says."""
        account, reference = BILLER_ACCOUNTS[rail], self.reference(number)
        dice = self.kernel.fate.dice(f"counter {name}")
        asked = AMOUNTS[number % len(AMOUNTS)]
        if not is_blind:
            end = self._insist("inquiry", lambda: self.platform.bill_desk.present(account, BillInquiry(reference, "")))
            if end is None or not end.is_done or not isinstance(end.value, BillView):
                return
            asked = end.value.amount
        is_foreign = rail == "bank" and dice.chance(400)
        taken = Taken(
            transaction=f"{rail}-{name}",
            account=account,
            reference="12345" if number == NOWHERE and dice.chance(5_000) else reference,
            amount=max(asked + delta, 1),
            currency="USD" if is_foreign else "BHD",
            paid_at=self.kernel.now(),
            other_reference=self.reference(number + 1),
        )
        self.platform.billers.take(taken, Telling.of(dice))

    def settle_bank(self, name: str) -> None:
        """The bank's daily advice."""
        self.platform.billers.settle(f"{BANK.account_id}-{name}")
