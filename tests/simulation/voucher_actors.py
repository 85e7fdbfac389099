"""Payers with neither card nor phone: they buy vouchers for cash, pay bills with the codes, and change their minds."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mizan.application.pay_by_voucher import PayByVoucher
from mizan.application.ports_vouchers import IssueVoucher
from tests.fakes.samples import CALLER
from tests.simulation.actors import Actors
from tests.simulation.kernel import MINUTE, SECOND, Outcome
from tests.simulation.till import TILL, Notes

HOLDERS = ("cpr:900101123", "cpr:850202234")
YEAR = 366 * 24 * 60 * 60 * SECOND
CODE_POLL_COUNT_MAX = 20


class VoucherActors(Actors):
    def buy_voucher(self, name: str, amount: int, holder: int, repeat_count: int) -> None:
        """Put `amount` fils into a machine; it asks for the code, `repeat_count` more times at the same time."""
        notes = Notes(f"cash-{name}", amount, HOLDERS[holder], self.kernel.now())
        self.platform.till.sales[name] = notes
        command = IssueVoucher(TILL, notes.transaction, notes.identifier, amount, "BHD", notes.paid_at, "corr-7")
        for _ in range(repeat_count):
            self._beside(partial(self._buy, name, command))
        self._buy(name, command)

    def _buy(self, name: str, command: IssueVoucher) -> None:
        till = self.platform.till
        end = self._until_answered("voucher", lambda: self.platform.voucher_desk.issue(command))
        if end.is_done:
            voucher, code, _ = end.value
            self.answers[f"voucher {name}"].add(voucher.voucher_id)
            till.codes[name] = code
        else:
            till.sales[name].is_inside = False

    def pay_by_voucher(self, number: int, name: str, attempt: int, part: int, repeat_count: int) -> None:
        """Pay what is due (`part` fils of it, where that is not 0) with the code that goes by `name`."""
        code = self._code(name)
        if code is None:
            return
        key = f"voucher-{name}-{number}-{attempt}"
        command = PayByVoucher(self.reference(number), code, key, "corr-8", amount=part or None)
        for _ in range(repeat_count):
            self._beside(partial(self._pay_by_voucher, name, command))
        self._pay_by_voucher(name, command)

    def pay_two_bills(self, number: int, other: int, name: str) -> None:
        """The code is typed at two places at the same time, for two bills: it pays one of them."""
        self._beside(partial(self.pay_by_voucher, other, name, 0, 0, 0))
        self.pay_by_voucher(number, name, 1, 0, 0)

    def _pay_by_voucher(self, name: str, command: PayByVoucher) -> None:
        end = self._insist("pay-by-voucher", lambda: self.platform.voucher_payments.pay(command, caller=CALLER))
        if end is None or not end.is_done:
            return
        self.answers[f"key {command.idempotency_key}"].add(end.value.payment.payment_id)
        if end.value.change_code is not None:
            self.platform.till.codes[f"{name}+"] = end.value.change_code

    def return_voucher(self, name: str) -> None:
        """The payer wants the notes back; the machine gives them once the code is cancelled."""
        if self._code(name) is None:
            return
        notes = self.platform.till.sales[name]
        cancel = partial(self.platform.voucher_desk.cancel, TILL, notes.transaction)
        if self._until_answered("cancel-voucher", cancel).is_done:
            notes.is_inside = False

    def pay_and_return(self, number: int, name: str) -> None:
        """Two people with one code: one pays a bill, the other wants the notes back."""
        self._beside(partial(self.return_voucher, name))
        self.pay_by_voucher(number, name, 2, 0, 0)

    def pass_a_year(self) -> None:
        """Codes run out. What agencies were never told of is told two days long: where they listen, no year passes."""
        if not self.platform.is_told:
            self.kernel.jump(YEAR)

    def _code(self, name: str) -> str | None:
        """What the payer was handed, waited for a few minutes."""
        for _ in range(CODE_POLL_COUNT_MAX):
            if name in self.platform.till.codes:
                return self.platform.till.codes[name]
            self.kernel.sleep(10 * SECOND)
        return None

    def _until_answered(self, name: str, work: Callable[[], Any]) -> Outcome:
        """A machine does not give up: it has somebody's money."""
        while (end := self._insist(name, work)) is None:
            self.kernel.sleep(MINUTE)
        return end
