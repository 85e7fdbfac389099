"""The wire protocol's routes: initiation, the tranportal, and the payer's page."""

from __future__ import annotations

import re

from . import messages, pages, paying
from .cards import present
from .errors import AnswerLostError, ControlError, GatewayRefusalError, UnavailableError
from .http import DROP_CONNECTION, Inbound, Reply, json_reply
from .initiation import initiate
from .texts import language
from .tranportal import perform
from .transactions import State, Transaction
from .world import World

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*/\s*\d{2}", re.ASCII)
_PIN = re.compile(r"\d{4}", re.ASCII)


def hosted(world: World, request: Inbound) -> Reply:
    """POST /payment/API/hosted.htm"""
    try:
        return json_reply([initiate(world, request.body)])
    except GatewayRefusalError as error:
        return json_reply([messages.refusal(error)])
    except AnswerLostError as error:
        return lost(world, error)


def tranportal(world: World, request: Inbound) -> Reply:
    """POST /payment/API/tranportal.htm"""
    try:
        return json_reply([perform(world, request.body)])
    except GatewayRefusalError as error:
        return json_reply([messages.refusal(error)])
    except AnswerLostError as error:
        return lost(world, error)
    except UnavailableError:
        return away()


def lost(world: World, error: AnswerLostError) -> Reply:
    """The caller waits, and then gets nothing to go by."""
    world.sleep(error.hang_seconds)
    headers = {DROP_CONNECTION: "yes"} if error.drop_connection else {}
    return Reply(504, "<html><body>Gateway Time-out</body></html>", "text/html", headers)


def away() -> Reply:
    return Reply(503, "<html><body>Service Unavailable</body></html>", "text/html")


def show_page(world: World, request: Inbound) -> Reply:
    """GET /payment/paymentpage.htm?PaymentID=…&lang=en|ar"""
    lang = language(request.query.get("lang", "en"))
    try:
        return _current_page(world, request.query.get("PaymentID", ""), lang, {})
    except ControlError as error:
        return html_reply(pages.notice(lang, "unknown"), error.status)


def submit_page(world: World, request: Inbound) -> Reply:
    """POST /payment/paymentpage.htm: the card form, or the payer giving up."""
    form = request.form()
    lang = language(form.get("lang", "en"))
    payment_id = form.get("PaymentID", "")
    errors: dict[str, str] = {}
    try:
        if form.get("action") == "cancel":
            paying.cancel(world, payment_id)
        else:
            errors = _form_errors(form)
            if not errors:
                paying.pay(world, payment_id, present(form["card"]))
    except ControlError as error:
        if error.status == 404:  # noqa: PLR2004  # the payment itself is unknown
            return html_reply(pages.notice(lang, "unknown"), 404)
    return _current_page(world, payment_id, lang, errors)


def _form_errors(form: dict[str, str]) -> dict[str, str]:
    errors = {}
    try:
        present(form.get("card", ""))
    except ValueError:
        errors["card"] = "bad_card"
    if _EXPIRY.fullmatch(form.get("expiry", "").strip()) is None:
        errors["expiry"] = "bad_expiry"
    if _PIN.fullmatch(form.get("pin", "")) is None:
        errors["pin"] = "bad_pin"
    return errors


def _current_page(world: World, payment_id: str, lang: str, errors: dict[str, str]) -> Reply:
    """What the payer sees of a payment in its present state. Raises ControlError 404."""
    transaction = paying.find(world, payment_id)
    target = paying.browser_return(transaction)
    if target is not None:
        return html_reply(pages.way_back(target, lang))
    if transaction.state is State.INITIATED and transaction.expires_at > world.now():
        return html_reply(
            pages.card_form(transaction, _merchant_name(world, transaction), lang, errors), 422 if errors else 200
        )
    return html_reply(_closed_page(world, transaction, lang))


def _closed_page(world: World, transaction: Transaction, lang: str) -> pages.Page:
    if transaction.state is State.INITIATED:
        return pages.notice(lang, "expired")
    if transaction.state is State.VOIDED:
        return pages.notice(lang, "voided")
    with world.store.write() as session:
        is_waiting = any(d["done_at"] is None for d in session.deliveries(transaction.payment_id))
    return pages.notice(lang, "done", look_again=True) if is_waiting else pages.notice(lang, "over")


def _merchant_name(world: World, transaction: Transaction) -> str:
    with world.store.write() as session:
        merchant = session.merchant(transaction.terminal_id)
    return (merchant.name if merchant else "") or transaction.terminal_id


def html_reply(page: pages.Page, status: int = 200) -> Reply:
    headers = {
        "Content-Security-Policy": page.policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(status, page.html, "text/html; charset=utf-8", headers)
