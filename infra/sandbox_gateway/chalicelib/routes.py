"""Every route of the sandbox in one table; `answer` turns refusals of the control API into JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import after_routes as after
from . import aggregator_routes as aggregators
from . import bank_routes as bank
from . import biller_routes as billers
from . import control_routes as control
from . import gateway_routes as gateway
from . import mpgs_routes as mpgs
from . import online_routes as online
from . import sadad, wallet
from . import transfer_routes as transfer
from .errors import ControlError
from .http import Inbound, Reply, json_reply
from .world import World

Handler = Callable[[World, Inbound], Reply]
MPGS = "/api/rest/version/{version}/merchant/{merchant_id}"
MPGS_TRANSACTION = f"{MPGS}/order/{{order_id}}/transaction/{{transaction_id}}"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Handler


ROUTES = (
    Route("POST", "/payment/API/hosted.htm", gateway.hosted),
    Route("POST", "/payment/API/tranportal.htm", gateway.tranportal),
    Route("GET", "/payment/paymentpage.htm", gateway.show_page),
    Route("POST", "/payment/paymentpage.htm", gateway.submit_page),
    Route("GET", "/kpg/PaymentHTTP.htm", aggregators.knet_page),
    Route("POST", "/merchant/checkout/createInvoice", aggregators.eazypay_create),
    Route("POST", "/merchant/checkout/query", aggregators.eazypay_query),
    Route("POST", "/v2/charges", aggregators.tap_create),
    Route("POST", "/v2/charges/list", aggregators.tap_list),
    Route("GET", "/v2/charges/{charge_id}", aggregators.tap_read),
    Route("GET", "/sandbox/health", control.health),
    Route("POST", "/sandbox/merchants", control.register_merchant),
    Route("GET", "/sandbox/merchants", control.list_merchants),
    Route("POST", "/sandbox/scenarios", control.add_scenario),
    Route("GET", "/sandbox/scenarios", control.list_scenarios),
    Route("DELETE", "/sandbox/scenarios", control.clear_scenarios),
    Route("GET", "/sandbox/transactions", control.list_transactions),
    Route("GET", "/sandbox/transactions/{payment_id}", control.read_transaction),
    Route("POST", "/sandbox/payments/{payment_id}/card", control.pay_by_card),
    Route("POST", "/sandbox/payments/{payment_id}/cancel", control.cancel_payment),
    Route("POST", "/sandbox/payments/{payment_id}/reverse", after.reverse_payment),
    Route("POST", "/sandbox/payments/{payment_id}/dispute", after.dispute_payment),
    Route("GET", "/sandbox/disputes", after.list_disputes),
    Route("POST", "/sandbox/disputes/{dispute_id}/lose", after.lose_dispute),
    Route("POST", "/sandbox/disputes/{dispute_id}/win", after.win_dispute),
    Route("GET", "/sandbox/refunds", after.list_refunds),
    Route("POST", "/sandbox/bank-clients", after.register_bank_client),
    Route("GET", "/sandbox/payouts", after.list_payouts),
    Route("POST", "/sandbox/billers", billers.register_partner),
    Route("POST", "/sandbox/billers/{name}/inquire", billers.inquire),
    Route("POST", "/sandbox/billers/{name}/pay", billers.pay),
    Route("POST", "/sandbox/billers/{name}/vouchers", billers.sell_voucher),
    Route("POST", "/sandbox/billers/{name}/voucher-cancellations", billers.cancel_voucher),
    Route("POST", "/bank/name-check", bank.check_name),
    Route("POST", "/bank/payouts", bank.pay),
    Route("GET", "/bank/payouts/{payout_id}", bank.read_payout),
    Route("POST", "/sandbox/transfers", transfer.send_transfer),
    Route("GET", "/sandbox/transfers/{account}", transfer.list_transfers),
    Route("GET", "/sandbox/bank-files/{account}/{format}", transfer.bank_file),
    Route("GET", "/benefitpay/checkout", online.show_wallet),
    Route("POST", "/benefitpay/checkout", online.submit_wallet),
    Route("POST", "/web/v1/merchant/transaction/check-status", wallet.check_status),
    # API Gateway takes a trailing slash off, so the wire's two addresses stand without theirs
    Route("POST", "/api/v2/web-ven-sdd/epayment/create", sadad.create),
    Route("POST", "/api/v2/web-ven-sdd/epayment/status", sadad.status),
    Route("GET", "/sadad/bill", online.show_bill),
    Route("POST", "/sadad/bill", online.submit_bill),
    Route("POST", "/sandbox/wallet-merchants", online.register_wallet_merchant),
    Route("POST", "/sandbox/sadad-vendors", online.register_sadad_vendor),
    Route("GET", "/sandbox/online/{rail}/{reference}", online.read_payment),
    Route("POST", "/sandbox/online/{rail}/{reference}/pay", online.pay),
    Route("POST", "/sandbox/online/{rail}/{reference}/expire", online.expire),
    Route("POST", "/sandbox/online/{rail}/{reference}/notify", online.notify_again),
    Route("GET", "/sandbox/settlements/{terminal}/{file_name}", control.settlement),
    Route("POST", f"{MPGS}/session", mpgs.create_session),
    Route("GET", f"{MPGS}/order/{{order_id}}", mpgs.read_order),
    Route("GET", MPGS_TRANSACTION, mpgs.read_mpgs_transaction),
    Route("PUT", MPGS_TRANSACTION, mpgs.put_mpgs_transaction),
    Route("GET", mpgs.PAGE_PATH, mpgs.show_mpgs_page),
    Route("POST", mpgs.PAGE_PATH, mpgs.submit_mpgs_page),
    Route("POST", "/sandbox/mpgs/merchants", mpgs.register_mpgs_merchant),
    Route("GET", "/sandbox/mpgs/sessions/{session_id}", mpgs.show_mpgs_order),
    Route("POST", "/sandbox/mpgs/sessions/{session_id}/card", mpgs.pay_mpgs_order),
    Route("POST", "/sandbox/mpgs/sessions/{session_id}/status", mpgs.change_mpgs_order),
    Route("POST", "/sandbox/mpgs/sessions/{session_id}/notify", mpgs.notify_mpgs_order),
)


def answer(world: World, handler: Handler, request: Inbound) -> Reply:
    """The handler's reply, or the control API's refusal as `{"code", "detail"}`."""
    try:
        return handler(world, request)
    except ControlError as error:
        return json_reply({"code": error.code, "detail": error.detail}, error.status)
