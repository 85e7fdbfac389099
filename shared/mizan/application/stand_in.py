"""Serve while nothing can be paid: the agency's own decision, kept on the invoice, with a day's grace for the payer.

When every route is down: asked about are the methods of the routes that the service offers in its phase for what is
due. A method is open where the agency (or, for money that is told of and not begun, the platform) has an active
account for it that takes this amount for this service, whose rail is up, and whose operator, where it has one, is not
suspended. A rail that is down stays so until its probes have brought it back, though one payment may be trying it just
now. Money that is told of (a kiosk, a bank) has no calls to count: it is down only where no such account is left.
Opening hours do not count: what opens in the morning is no outage. Nor does the agency's own counter: nobody but the
agency knows whether it can take money there.
"""

from datetime import datetime

from mizan.application.bind_request import bind_request
from mizan.application.change_invoice import RETRY_COUNT_MAX, require_room
from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_operators import OperatorRepository
from mizan.application.ports_rails import MethodAvailability
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller, MerchantAccount, maker_of
from mizan.domain.calendar import business_date
from mizan.domain.errors import BusyError, IllegalTransitionError, RouteOpenError
from mizan.domain.invoices import GRACE, Grace, Invoice, InvoiceEvent, as_of, changed, possible_events
from mizan.domain.payments import PaymentMethod
from mizan.domain.quotes import quote_of
from mizan.domain.stand_ins import StandIn, stand_in_of


class StandIns:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        services: ServiceCatalogue,
        availability: MethodAvailability,
        operators: OperatorRepository,
        clock: Clock,
    ) -> None:
        self._invoices, self._services, self._availability = invoices, services, availability
        self._operators, self._clock = operators, clock

    def serve_unpaid(
        self, reference: str, reason: str, *, caller: Caller, idempotency_key: str
    ) -> tuple[StandIn, bool]:
        """What was taken down, and whether it is new; for the same reason again it is the same. One conditional
        transaction writes it on the invoice and into the agency's list.

        Raises NotFoundError, RouteOpenError (a route is open; says which), IllegalTransitionError (nothing is owed, or
        it was served so already, for another reason), IdempotencyConflictError, ConflictError (changed too often),
        BusyError.
        """
        action = f"{InvoiceEvent.STAND_IN}:{reason}"
        bind_request(
            idempotency_key,
            action,
            reference=reference,
            caller=caller,
            invoices=self._invoices,
            clock=self._clock,
        )
        for _ in range(RETRY_COUNT_MAX):
            stored = read_invoice(reference, caller=caller, invoices=self._invoices)
            now = self._clock.now()
            before = as_of(stored, now)
            found = stand_in_of(before)
            if found is not None and found.reason == reason:
                return found, False
            after = self._served(before, reason, caller, now)
            if self._invoices.replace(stored, after) and (made := stand_in_of(after)) is not None:
                return made, True
        raise BusyError("the invoice kept changing")

    def _served(self, before: Invoice, reason: str, caller: Caller, now: datetime) -> Invoice:
        if InvoiceEvent.STAND_IN not in possible_events(before):
            raise IllegalTransitionError("invoice", before.state, InvoiceEvent.STAND_IN, possible_events(before))
        require_room(before)
        offered, is_open = self._routes(before, quote_of(before, now).amount, now)
        if is_open or not offered:
            raise RouteOpenError(is_open)
        return changed(
            before,
            InvoiceEvent.STAND_IN,
            now,
            amount=before.outstanding,
            actor=maker_of(caller),
            note=reason,
            grace=Grace(now, now + GRACE),
        )

    def _routes(
        self, invoice: Invoice, amount: int, now: datetime
    ) -> tuple[tuple[PaymentMethod, ...], tuple[PaymentMethod, ...]]:
        """The methods that the service offers for `amount` fils, and those of them that are open."""
        service = self._services.get(invoice.service)
        channels = service.open_channels(business_date(now)) if service else ()
        routes = [route for channel in channels for route in channel.routes if route.takes(amount)]
        offered = tuple(dict.fromkeys(route.method for route in routes if route.method is not None))
        return offered, tuple(method for method in offered if self._is_open(invoice, method, amount))

    def _is_open(self, invoice: Invoice, method: PaymentMethod, amount: int) -> bool:
        accounts = self._availability.open_accounts(invoice.agency, invoice.service, method, amount)
        return any(not self._is_suspended(account) for account in accounts)

    def _is_suspended(self, account: MerchantAccount) -> bool:
        operator = self._operators.get(account.operator) if account.operator else None
        return operator is not None and operator.is_suspended
