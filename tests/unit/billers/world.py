"""A platform with a switch of banks and an operator of kiosks, over the fakes: asked, told and worked through."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from mizan.adapters.gateways.billers import BILLERS
from mizan.application.answer_inquiry import AnsweredInquiry, InquiryDesk
from mizan.application.manage_operators import OperatorDesk
from mizan.application.ports_agencies import Bilingual
from mizan.application.ports_billers import BillerOperation, BillInquiry, BillRefusal, BillView, WireRequest
from mizan.application.present_bill import BillDesk
from mizan.application.take_notice import NoticeDesk, TakenNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import CallbackKey
from mizan.domain.invoices import Invoice
from mizan.domain.operators import Operator, OperatorState, licensed
from mizan.domain.payments import Payment
from mizan.domain.services import Channel, ChannelCode
from tests.fakes.billers import FakeMissCounter, FakeOperatorRepository
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import FakeServiceCatalogue, a_reference, a_service, an_invoice
from tests.unit.billers.switches import (
    cash_notice,
    kiosk_account,
    kiosk_request,
    message,
    mfep_account,
    notification,
    transaction,
)

CAP = 100_000
REFERENCE = a_reference()


class FakeAgencyNames:
    def name_of(self, code: str) -> Bilingual | None:
        return {"moic": Bilingual("Commerce", "التجارة")}.get(code)


def an_operator(**changes: Any) -> Operator:
    """Licensed at noon, commission 1 %, a cap of BHD 100."""
    operator = Operator(
        code="sample-kiosks",
        name="Sample kiosks",
        name_ar="أكشاك تجريبية",
        licence="L-1",
        accounts=("kiosk-1",),
        commission=100,
        exposure_cap=CAP,
        state=OperatorState.ACTIVE,
        updated_at=NOON,
    )
    return licensed(replace(operator, **changes), NOON)


def a_service_everywhere(code: str = "cr-registration") -> Any:
    """A service that is paid for in bank apps and at kiosks."""
    bank = Channel(ChannelCode.BANK_APP, "Bank app", "تطبيق البنك", False, True, ("Pay.",), ("ادفع.",))
    service = a_service(code)
    return replace(service, channels=(*service.channels, bank))


@dataclass
class Billers:
    """The invoice `REFERENCE` of BHD 12.500 is there."""

    platform: Platform = field(default_factory=Platform)
    misses: FakeMissCounter = field(default_factory=FakeMissCounter)
    operators: FakeOperatorRepository = field(default_factory=lambda: FakeOperatorRepository(an_operator()))
    mfep: MerchantAccount = field(default_factory=mfep_account)
    kiosk: MerchantAccount = field(default_factory=kiosk_account)
    kept: list[CallbackKey] = field(default_factory=list)
    told: int = 0

    def __post_init__(self) -> None:
        self.platform.services = FakeServiceCatalogue(a_service_everywhere())
        self.store(an_invoice())
        for account in (self.mfep, self.kiosk):
            self.platform.accounts.rows[account.token] = account

    def store(self, invoice: Invoice) -> str:
        self.platform.invoices.rows[invoice.reference] = invoice
        return invoice.reference

    def invoice(self, reference: str = REFERENCE) -> Invoice:
        found = self.platform.invoices.get(reference)
        assert found is not None
        return found

    # -- asked --------------------------------------------------------------------------------------------------------

    def desk(self) -> BillDesk:
        return BillDesk(
            payables=self.platform.payables(),
            payments=self.platform.payments,
            services=self.platform.services,
            agencies=FakeAgencyNames(),
            operators=self.operators,
            balances=self.platform.books,
            misses=self.misses,
            fees=self.platform.fee_rule,
            clock=self.platform.clock,
        )

    def present(
        self, account: MerchantAccount, reference: str = REFERENCE, amount: int | None = None
    ) -> BillView | BillRefusal:
        return self.desk().present(account, BillInquiry(reference, "", amount))

    def ask(self, account: MerchantAccount, request: WireRequest) -> AnsweredInquiry:
        desk = InquiryDesk(accounts=self.platform.accounts, billers=BILLERS, desk=self.desk())
        return desk.answer(account.gateway, account.token, request)

    # -- told ---------------------------------------------------------------------------------------------------------

    def take(
        self,
        account: MerchantAccount,
        body: bytes,
        headers: dict[str, str],
        operation: BillerOperation = BillerOperation.NOTICE,
        *,
        token: str | None = None,
    ) -> TakenNotice:
        """Deliver a notice; its key is kept for the worker. Every delivery is a moment after the last."""
        self.platform.clock.advance(timedelta(milliseconds=1))
        desk = NoticeDesk(
            callbacks=self.platform.callbacks,
            accounts=self.platform.accounts,
            billers=BILLERS,
            claims=self.platform.notice_claims,
            clock=self.platform.clock,
        )
        before = set(self.platform.callbacks.rows)
        taken = desk.take(
            account.gateway,
            token or account.token,
            operation,
            body=body,
            headers=headers,
            content_type="application/xml",
            correlation_id="corr-n",
        )
        self.kept += [key for key in self.platform.callbacks.rows if key not in before]
        return taken

    def tell_mfep(self, *, guid: str = "", **changes: str) -> TakenNotice:
        """One transaction of the switch, under a GUID of its own unless one is given."""
        self.told += 1
        content = message(notification(transaction(reference=changes.pop("reference", REFERENCE), **changes)),
                          "BLRPMTNTFRQ")  # fmt: skip
        return self.take(self.mfep, content.encode(), {"guid": guid or f"guid-{self.told}"})

    def tell_kiosk(self, operation: BillerOperation = BillerOperation.NOTICE, **changes: Any) -> TakenNotice:
        notice = cash_notice(reference=REFERENCE, paid_at="2026-03-01T11:58:00+03:00")
        if operation is BillerOperation.REVERSAL:
            kept = notice["tendered"] - notice["change"]
            notice = {name: notice[name] for name in ("transaction", "reference", "terminal", "currency")}
            notice |= {"amount": kept, "reversed_at": "2026-03-01T11:59:00+03:00"}
        now = self.platform.clock.now()
        request = kiosk_request(notice | changes, operation, at=now, received_at=now)
        return self.take(self.kiosk, request.body, dict(request.headers), operation)

    # -- worked through -----------------------------------------------------------------------------------------------

    def work(self, *, again: bool = False) -> list[Payment | None]:
        """Process what was kept, in its order; `again`: once more."""
        processor = self.platform.processor()
        keys = list(self.kept)
        if not again:
            self.kept.clear()
        return [processor.process(key) for key in keys]

    def payment(self) -> Payment:
        """The only one that there is."""
        (found,) = self.platform.payments.rows.values()
        return found

    def operator_desk(self) -> OperatorDesk:
        return OperatorDesk(
            operators=self.operators,
            balances=self.platform.books,
            books=self.platform.books,
            clock=self.platform.clock,
            sleep=self.platform.naps.append,
        )
