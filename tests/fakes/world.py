"""What is around the store, in memory: merchant accounts, queues, and a gateway that says what a test tells it to."""

from collections.abc import Sequence
from datetime import datetime

from mizan.application.ports import (
    CallbackNotice,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
    PaymentGateway,
)
from mizan.application.ports_refunds import RefundGateway
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import CallbackKey, RawCallback
from mizan.domain.errors import CapabilityMissingError, InvalidCallbackError, NotFoundError
from tests.fakes.refunds import FakeRefundGateway


class FakeAccountDirectory:
    def __init__(self, *accounts: MerchantAccount) -> None:
        self.rows = {account.token: account for account in accounts}

    def by_token(self, token: str) -> MerchantAccount | None:
        return self.rows.get(token)

    def active_for(self, agency: str, method: str) -> MerchantAccount | None:
        return next(iter(self.all_active_for(agency, method)), None)

    def all_active_for(self, agency: str, method: str) -> list[MerchantAccount]:
        fitting = [row for row in self.list_all() if row.is_active and (row.agency, row.method) == (agency, method)]
        return sorted(fitting, key=lambda row: (row.rank, row.gateway, row.token))

    def list_all(self) -> list[MerchantAccount]:
        return sorted(self.rows.values(), key=lambda row: (row.is_active, row.token))


class FakeWorkQueue:
    """`is_refusing` makes it refuse everything, as a queue that is down."""

    def __init__(self) -> None:
        self.sent: list[CallbackKey] = []
        self.delays: list[int] = []
        self.is_refusing = False

    def send(self, keys: Sequence[CallbackKey], *, delay_seconds: int = 0) -> None:
        if self.is_refusing and keys:
            raise RuntimeError("the queue is down")
        self.sent += keys
        self.delays += [delay_seconds] * len(keys)


class FakeGateway(FakeRefundGateway):
    """Answers what it was told: `inquiries` per track id (else `fallback`), `initiation` for every new page.

    A callback's body is the track id; anything that is not digits does not open. An error in place of an answer is
    raised.
    """

    name = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.initiation: InitiationResult | Exception = InitiationStarted("gp-1", "https://pay.invalid/page?id=gp-1")
        self.inquiries: dict[str, InquiryResult | Exception] = {}
        self.fallback: InquiryOutcome = InquiryOutcome.NOT_FOUND
        self.initiated: list[InitiationRequest] = []
        self.inquired: list[str] = []

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        self.initiated.append(request)
        if isinstance(self.initiation, Exception):
            raise self.initiation
        return self.initiation

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        if not callback.body.isdigit():
            raise InvalidCallbackError("undecryptable")
        return CallbackNotice(callback.body.decode(), is_authenticated=callback.channel != "error")

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        self.inquired.append(track_id)
        answer = self.inquiries.get(track_id, InquiryResult(self.fallback, track_id))
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeGatewayRegistry:
    """Gateways by name; those that are `FakeRefundGateway`s refund, unless `is_refunding` is set to False."""

    def __init__(self, *gateways: PaymentGateway) -> None:
        self._gateways = {gateway.name: gateway for gateway in gateways}
        self.is_refunding = True

    def get(self, name: str) -> PaymentGateway:
        if name not in self._gateways:
            raise NotFoundError("gateway")
        return self._gateways[name]

    def refunds_of(self, name: str) -> RefundGateway:
        gateway = self.get(name)
        if not (self.is_refunding and isinstance(gateway, FakeRefundGateway)):
            raise CapabilityMissingError.refunds()
        return gateway
