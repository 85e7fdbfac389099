"""Payers at their bank, and finance over what nobody can place: one proposes, another confirms."""

from dataclasses import replace
from functools import partial

from mizan.domain.refunds import Beneficiary
from mizan.domain.suspense import SuspenseCase, SuspenseState
from tests.simulation.actors import AMOUNTS, FINANCE, IBAN, WAIT_COUNT_MAX, Actors
from tests.simulation.bank_account import Files
from tests.simulation.kernel import MINUTE

AMAL = replace(FINANCE, key_id="sub:amal", person="amal")
DANA = replace(FINANCE, key_id="sub:dana", person="dana")


class TransferActors(Actors):
    def transfer(self, number: int, name: str, delta: int, text: str) -> None:
        """Send what the paper says and `delta` fils more, naming the bill, nothing, or two bills."""
        dice = self.kernel.fate.dice(f"transfer {name}")
        reference = self.reference(number)
        texts = {
            "reference": f"Bill {reference}",
            "nothing": "thank you",
            "unknown": self.reference(9),
            "two": f"{reference} {self.reference(number + 1)}",
        }
        currency = "USD" if dice.chance(400) else "BHD"
        amount = max(AMOUNTS[number % len(AMOUNTS)] + delta, 1)
        self.platform.bank_account.receive(f"BNK{name}", amount, currency, texts[text], Files.of(dice))

    def place(self, number: int, turn: int, racing: int) -> None:
        """Finance allocates a case to invoice `number`. `racing`: 1 where two propose at once, 2 where two confirm."""
        case = self._open_case(turn)
        if case is None:
            return
        propose = partial(
            self.platform.suspense.propose_allocation, case.case_id, self.reference(number), seen_left=case.amount
        )
        if racing == 1:
            self._beside(lambda: self._insist("propose", partial(propose, caller=DANA)))
        self._insist("propose", partial(propose, caller=AMAL))
        confirm = partial(self.platform.suspense.confirm, case.case_id)
        if racing == 2:
            self._beside(lambda: self._insist("confirm", partial(confirm, caller=DANA)))
        self._insist("confirm", partial(confirm, caller=DANA))
        if racing == 1:
            self._insist("confirm", partial(confirm, caller=AMAL))

    def send_back(self, turn: int) -> None:
        """Finance proposes that a case's money goes back to whoever sent it."""
        case = self._open_case(turn)
        if case is None:
            return
        propose = partial(
            self.platform.suspense.propose_return,
            case.case_id,
            seen_left=case.amount,
            beneficiary=Beneficiary("Maryam Ali", iban=IBAN),
            reason="nobody's",
            caller=AMAL,
        )
        self.platform.is_money_sent_back = True
        self._insist("propose-return", propose)

    def drop(self, turn: int) -> None:
        """Somebody finds a proposal wrong, just when it may be confirmed."""
        cases = [case for case in self.platform.all_cases() if case.state is SuspenseState.PROPOSED]
        if cases:
            case = cases[turn % len(cases)]
            self._insist("drop", lambda: self.platform.suspense.drop(case.case_id, caller=DANA))

    def _open_case(self, turn: int) -> SuspenseCase | None:
        for _ in range(WAIT_COUNT_MAX):
            cases = [case for case in self.platform.all_cases() if case.state is SuspenseState.OPEN]
            if cases:
                return cases[turn % len(cases)]
            self.kernel.sleep(MINUTE)
        return None
