"""What agencies and payers do with bills besides paying one: baskets, corrections of printed bills, stored quotes."""

from dataclasses import replace
from functools import partial

from mizan.application.create_basket import CreateBasket
from mizan.application.create_invoice import CreateInvoice
from mizan.application.start_payment import StartPayment
from mizan.domain.payments import PaymentMethod
from tests.fakes.samples import CALLER
from tests.simulation.actors import Actors
from tests.simulation.kernel import SECOND


class DemandActors(Actors):
    def pay_basket(self, first: int, second: int, name: str, repeat_count: int, method: str) -> None:
        """Put two bills into a basket, `repeat_count` more times at the same time, and pay it whole."""
        command = CreateBasket((self.reference(first), self.reference(second)), f"basket-{name}", "corr-10")
        for _ in range(repeat_count):
            self._beside(partial(self._basket, name, command))
        reference = self._basket(name, command)
        if reference is not None:
            started = StartPayment(reference, PaymentMethod(method), f"pay-basket-{name}")
            self._start(f"basket {name}", started)

    def _basket(self, name: str, command: CreateBasket) -> str | None:
        end = self._insist("basket", lambda: self.platform.create_basket(command, caller=CALLER))
        if end is None or not end.is_done:
            return None
        reference: str = end.value[0].reference
        self.answers[f"basket {name}"].add(reference)
        return reference

    def supersede(self, number: int, repeat_count: int) -> None:
        """A printed bill was wrong: another takes its place, unless somebody has paid by then."""
        command = self._creation(number, 0)
        command = replace(
            command,
            invoice_number=f"S-{number}",
            idempotency_key=f"supersede-{number}",
            fingerprint=f"corrected-{number}",
        )
        for _ in range(repeat_count):
            self._beside(partial(self._supersede, number, command))
        self._supersede(number, command)

    def _supersede(self, number: int, command: CreateInvoice) -> None:
        old = self.reference(number)
        end = self._insist("supersede", lambda: self.platform.supersede(old, command, caller=CALLER))
        if end is not None and end.is_done:
            self.answers[f"number {command.invoice_number}"].add(end.value[0].reference)

    def pay_by_quote(self, number: int, attempt: int, wait_seconds: int) -> None:
        """Ask what to pay, think about it, and pay that."""
        reference = self.reference(number)
        end = self._insist("quote", lambda: self.platform.quote(reference, caller=CALLER))
        if end is None or not end.is_done:
            return
        self.kernel.sleep(wait_seconds * SECOND)
        command = StartPayment(reference, PaymentMethod.DEBIT_CARD, f"quoted-{attempt}", quote_id=end.value[0])
        self._start(f"quoted {number}.{attempt}", command)

    def _start(self, name: str, command: StartPayment) -> None:
        end = self._insist(f"pay {name}", lambda: self.platform.start(command, caller=CALLER))
        if end is not None and end.is_done:
            self.answers[f"payment {name}"].add(end.value[0].payment_id)
