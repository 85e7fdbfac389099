"""The payer's side and the control API of the wallet and of the cash operator.

`POST /sandbox/online/{wallet|sadad}/{reference}/pay {"payer": "33000051"}` pays as the page would, without a browser;
`currency`, `days_ago` and `unanswered` may say more than the magic number does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from . import amounts, online_pages, sadad, wallet
from . import online as payments
from .errors import ControlError
from .gateway_routes import html_reply
from .http import Inbound, Reply, json_reply
from .online import OnlinePayment, Outcome
from .texts import language
from .world import World

WALLET_PATH = "/benefitpay/checkout"
PAY: dict[str, Callable[[World, OnlinePayment, Outcome], OnlinePayment]] = {
    payments.WALLET: wallet.pay,
    payments.SADAD: sadad.pay,
}
PATHS = {payments.WALLET: WALLET_PATH, payments.SADAD: sadad.PAGE_PATH}
CANCELLED = Outcome(payments.CANCELLED)
DAYS_MAX, UNANSWERED_MAX = 60, 100
MERCHANT_FIELDS = ("merchant_id", "app_id", "secret", "callback_secret", "callback_url")
VENDOR_FIELDS = ("vendor_id", "api_key", "branch_id", "terminal_id")


def show_wallet(world: World, request: Inbound) -> Reply:
    """GET /benefitpay/checkout?appId=…&secure_hash=…&lang=en|ar"""
    lang = language(request.query.get("lang", "en"))
    asked = {name: value for name, value in request.query.items() if name != "lang"}
    try:
        payment, merchant = wallet.open_payment(world, asked)
    except ControlError as error:
        return html_reply(online_pages.notice(lang, payments.WALLET, "unknown"), error.status)
    return _shown(world, payment, merchant.name, lang, urlencode(asked))


def show_bill(world: World, request: Inbound) -> Reply:
    """GET /sadad/bill?number=…&lang=en|ar"""
    lang, number = language(request.query.get("lang", "en")), request.query.get("number", "")
    payment = _by_number(world, number, payments.SADAD)
    if payment is None:
        return html_reply(online_pages.notice(lang, payments.SADAD, "unknown"), 404)
    return _shown(world, payment, "", lang, urlencode({"number": number}))


def submit_wallet(world: World, request: Inbound) -> Reply:
    """POST /benefitpay/checkout: the payer agrees in the app, or gives up."""
    return _submitted(world, request, payments.WALLET)


def submit_bill(world: World, request: Inbound) -> Reply:
    """POST /sadad/bill: the payer pays at the kiosk, or gives up."""
    return _submitted(world, request, payments.SADAD)


def pay(world: World, request: Inbound) -> Reply:
    """POST /sandbox/online/{rail}/{reference}/pay"""
    body, rail = request.json_object(), request.path["rail"]
    outcome = _outcome(body)
    return _view(PAY[_known(rail)](world, _found(world, request), outcome))


def expire(world: World, request: Inbound) -> Reply:
    """POST /sandbox/online/{rail}/{reference}/expire: its day ends now; a kiosk may still take the money."""
    with world.store.write() as session:
        payment = payments.by_reference(session, _known(request.path["rail"]), request.path["reference"])
        return _view(payments.put(session, replace(payment, expires_at=world.now().isoformat())))


def notify_again(world: World, request: Inbound) -> Reply:
    """POST /sandbox/online/wallet/{reference}/notify {"claim": own|failed|forged|spliced}: a callback more."""
    claim = request.json_object().get("claim", "own")
    payment = _found(world, request)
    with world.store.write() as session:
        merchant = wallet.find_merchant(session, payment.merchant_id)
    if merchant is None or claim not in ("own", "failed", "forged", "spliced"):
        raise ControlError(422, "bad_claim", "own, failed, forged or spliced, of a wallet")
    wallet.notify(world, payment, merchant, claim)
    return _view(_found(world, request))


def read_payment(world: World, request: Inbound) -> Reply:
    """GET /sandbox/online/{rail}/{reference}"""
    return _view(_found(world, request))


def register_wallet_merchant(world: World, request: Inbound) -> Reply:
    """POST /sandbox/wallet-merchants {merchant_id, app_id, secret, callback_secret, callback_url, name?}: 201. The same
    merchant again replaces it.
    """
    fields = _texts(request.json_object(), MERCHANT_FIELDS)
    with world.store.write() as session:
        wallet.put_merchant(session, wallet.WalletMerchant(**fields))
    return json_reply({"merchant_id": fields["merchant_id"]}, 201)


def register_sadad_vendor(world: World, request: Inbound) -> Reply:
    """POST /sandbox/sadad-vendors {vendor_id, api_key, branch_id, terminal_id, name?}: 201. The same again replaces."""
    fields = _texts(request.json_object(), VENDOR_FIELDS)
    with world.store.write() as session:
        sadad.put_vendor(session, sadad.SadadVendor(**fields))
    return json_reply({"vendor_id": fields["vendor_id"]}, 201)


def _submitted(world: World, request: Inbound, rail: str) -> Reply:
    submitted = request.form()
    lang, payer = language(submitted.get("lang", "en")), submitted.get("payer", "").strip()
    payment = _by_number(world, submitted.get("number", ""), rail)
    if payment is None:
        return html_reply(online_pages.notice(lang, rail, "unknown"), 404)
    if payment.state_at(world.now()) != payments.PENDING:
        return _shown(world, payment, "", lang, "")
    try:
        outcome = CANCELLED if submitted.get("action") == "cancel" else payments.outcome_of(payer)
    except ControlError:
        query = urlencode({"number": payment.number})
        return html_reply(online_pages.form(payment, "", lang, PATHS[rail], query, is_wrong=True), 422)
    return _shown(world, PAY[rail](world, payment, outcome), "", lang, "", has_acted=True)


def _shown(
    world: World, payment: OnlinePayment, merchant: str, lang: str, query: str, *, has_acted: bool = False
) -> Reply:
    """The form while it is open, else the way back, else that it is over."""
    state = payment.state_at(world.now())
    if state == payments.PENDING and not has_acted:
        return html_reply(online_pages.form(payment, merchant, lang, PATHS[payment.rail], query))
    if state == payments.EXPIRED:
        return html_reply(online_pages.notice(lang, payment.rail, "expired"))
    if not payment.success_url:
        return html_reply(online_pages.notice(lang, payment.rail, "over"))
    target = payment.success_url if state == payments.PAID else payment.error_url
    if payment.rail == payments.SADAD:
        fields = sadad.return_fields(payment)
        return html_reply(online_pages.way_back(target, fields, "post", payment.rail, lang))
    return html_reply(online_pages.way_back(target, {"returned": "1"}, "get", payment.rail, lang))


def _outcome(body: dict[str, Any]) -> Outcome:
    """The magic number's, and what the body says beside it. Raises ControlError."""
    payer = body.get("payer", "33000000")
    outcome = payments.outcome_of(payer if isinstance(payer, str) else "")
    days, unanswered = _whole(body, "days_ago", outcome.days_ago, DAYS_MAX), outcome.unanswered
    currency = body.get("currency", outcome.currency)
    if not isinstance(currency, str):
        raise ControlError(422, "bad_currency", "currency is a text")
    unanswered = _whole(body, "unanswered", unanswered, UNANSWERED_MAX)
    return replace(outcome, days_ago=days, unanswered=unanswered, currency=currency)


def _whole(body: dict[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ControlError(422, "bad_number", f"{name} is a whole number up to {most}")
    return value


def _found(world: World, request: Inbound) -> OnlinePayment:
    with world.store.write() as session:
        return payments.by_reference(session, _known(request.path["rail"]), request.path["reference"])


def _by_number(world: World, number: str, rail: str) -> OnlinePayment | None:
    with world.store.write() as session:
        payment = payments.by_number(session, number)
    return payment if payment is not None and payment.rail == rail else None


def _known(rail: str) -> str:
    if rail not in PAY:
        raise ControlError(404, "unknown_rail", f"one of {sorted(PAY)}")
    return rail


def _view(payment: OnlinePayment) -> Reply:
    return json_reply(asdict(payment) | {"paid": amounts.three_decimals(payment.paid_fils)})


def _texts(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    if set(body) - {"name"} != set(names) or not all(isinstance(value, str) and value for value in body.values()):
        raise ControlError(422, "bad_fields", f"the fields are {list(names)}, and a name; all texts")
    return body
