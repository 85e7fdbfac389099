"""MPGS's routes: the wire under `/api/rest`, the payer's page, and the control API for orders."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from . import amounts, mpgs_changes, mpgs_orders, mpgs_pages, mpgs_paying, mpgs_wire
from .errors import AnswerLostError, ControlError
from .gateway_routes import away, lost
from .http import Inbound, Reply, json_reply
from .mpgs_orders import MpgsMerchant, Order
from .mpgs_wire import MpgsError, invalid
from .pages import Page
from .store import Session
from .texts import language
from .urls import may_be_called
from .world import World

PAGE_PATH = "/checkout/pay/{session_id}"
HTTP_NOT_FOUND = 404
SECRETS = ("password", "webhook_secret")


def create_session(world: World, request: Inbound) -> Reply:
    """POST …/session: INITIATE_CHECKOUT."""
    try:
        made = _create(world, request)
    except MpgsError as error:
        return error.reply
    return lost(world, made) if isinstance(made, AnswerLostError) else made


def read_order(world: World, request: Inbound) -> Reply:
    """GET …/order/{order_id}"""
    return _read(world, request, lambda order: mpgs_wire.reply(mpgs_wire.order_view(order)))


def read_mpgs_transaction(world: World, request: Inbound) -> Reply:
    """GET …/order/{order_id}/transaction/{transaction_id}"""

    def view(order: Order) -> Reply:
        facts = order.transaction(request.path["transaction_id"])
        if facts is None:
            raise invalid("Unable to find transaction")
        return mpgs_wire.reply(mpgs_wire.transaction_view(order, facts))

    return _read(world, request, view)


def put_mpgs_transaction(world: World, request: Inbound) -> Reply:
    """PUT …/order/{order_id}/transaction/{transaction_id}: REFUND or VOID."""
    try:
        with world.store.write() as session:
            owner = _authorised(session, request)
            order = _tried_order(session, owner, request)
            changed = mpgs_changes.change(session, order, request.path["transaction_id"], _object(request), world.now())
    except MpgsError as error:
        return error.reply
    return lost(world, changed) if isinstance(changed, AnswerLostError) else _as_reply(changed)


def show_mpgs_page(world: World, request: Inbound) -> Reply:
    """GET /checkout/pay/{session_id}"""
    lang = language(request.query.get("lang", "en"))
    return _page_reply(world, request.path["session_id"], lang, "")


def submit_mpgs_page(world: World, request: Inbound) -> Reply:
    """POST /checkout/pay/{session_id}: the card form, or the payer giving up."""
    form, session_id = request.form(), request.path["session_id"]
    lang, wrong = language(form.get("lang", "en")), ""
    try:
        if form.get("action") == "cancel":
            return _html(mpgs_pages.way_back(_find(world, session_id), lang, is_paid=False))
        mpgs_paying.pay(world, session_id, form.get("card", ""), form.get("expiry", ""))
    except ControlError as error:
        wrong = error.code if error.code in mpgs_pages.FIELD_ERRORS else ""
    return _page_reply(world, session_id, lang, wrong)


def register_mpgs_merchant(world: World, request: Inbound) -> Reply:
    """POST /sandbox/mpgs/merchants {merchant_id, password, webhook_secret, name?, is_strict?, hang_seconds?}: 201."""
    try:
        merchant = MpgsMerchant(**request.json_object())
    except TypeError as error:
        raise ControlError(422, "bad_fields", str(error)) from error
    if not all(isinstance(v, str) and v for v in (merchant.merchant_id, merchant.password, merchant.webhook_secret)):
        raise ControlError(422, "missing_field", "merchant_id, password and webhook_secret are texts")
    with world.store.write() as session:
        mpgs_orders.put_merchant(session, merchant)
    return json_reply({name: value for name, value in asdict(merchant).items() if name not in SECRETS}, 201)


def show_mpgs_order(world: World, request: Inbound) -> Reply:
    """GET /sandbox/mpgs/sessions/{session_id}: the order as the sandbox keeps it, with what became of each webhook."""
    return json_reply(asdict(_find(world, request.path["session_id"])))


def pay_mpgs_order(world: World, request: Inbound) -> Reply:
    """POST /sandbox/mpgs/sessions/{session_id}/card {"card", "expiry"}: pays as the page would, without a browser."""
    body = request.json_object()
    card, expiry = (
        str(body.get(name, default)) for name, default in (("card", mpgs_orders.CARDS[0]), ("expiry", "01/39"))
    )
    return json_reply(asdict(mpgs_paying.pay(world, request.path["session_id"], card, expiry)))


def change_mpgs_order(world: World, request: Inbound) -> Reply:
    """POST /sandbox/mpgs/sessions/{session_id}/status {"status"}: what the acquirer makes of a captured order later
    (DISPUTED, CHARGEBACK_PROCESSED, CANCELLED: its money is released); the webhook goes out.
    """
    status = request.json_object().get("status")
    if not isinstance(status, str) or not status:
        raise ControlError(422, "bad_status", "status is a text")
    with world.store.write() as session:
        order = mpgs_orders.by_session(session, request.path["session_id"])
        if not order.captured_fils:
            raise ControlError(409, "not_captured", f"the order is {order.status or 'untouched'}")
        captured = 0 if status == "CANCELLED" else order.captured_fils
        order = mpgs_orders.put(session, replace(order, status=status, captured_fils=captured))
    return _notified(world, order)


def notify_mpgs_order(world: World, request: Inbound) -> Reply:
    """POST /sandbox/mpgs/sessions/{session_id}/notify: the last webhook once more, however late."""
    return _notified(world, _find(world, request.path["session_id"]))


def _notified(world: World, order: Order) -> Reply:
    with world.store.write() as session:
        owner = mpgs_orders.merchant(session, order.merchant_id)
    return json_reply(asdict(order if owner is None else mpgs_paying.notify(world, owner, order, ("own",))))


def _create(world: World, request: Inbound) -> Reply | AnswerLostError:
    with world.store.write() as session:
        owner = _authorised(session, request)
        body = _object(request)
        order = _new_order(world, owner, body)
        if owner.is_strict and not _has_fresh_references(session, owner, body):
            return AnswerLostError("unique references", owner.hang_seconds, drop_connection=False)
        script = session.take_script("initiate", terminal_id=owner.merchant_id, track_id=order.order_id)
        if script is not None and script.outcome == "refuse":
            raise MpgsError(400, "REQUEST_REJECTED", "scripted")
        if script is not None and script.outcome == "timeout":
            return script.lost_answer()
        if mpgs_orders.find(session, owner.merchant_id, order.order_id) is not None:
            raise invalid("order.id was used before")
        if script is not None:
            mpgs_orders.put(session, mpgs_paying.charged(order, mpgs_orders.SUCCESS, world.now()))
            return script.lost_answer()
        mpgs_orders.put(session, order)
    return mpgs_wire.reply(
        {
            "checkoutMode": "WEBSITE",
            "merchant": owner.merchant_id,
            "result": "SUCCESS",
            "session": {"id": order.session_id, "updateStatus": "SUCCESS", "version": "1"},
            "successIndicator": order.success_indicator,
        },
        201,
    )


def _new_order(world: World, owner: MpgsMerchant, body: dict[str, Any]) -> Order:
    order, interaction = _inside(body, "order"), _inside(body, "interaction")
    if body.get("apiOperation") != "INITIATE_CHECKOUT" or interaction.get("operation") != "PURCHASE":
        raise invalid("apiOperation or interaction.operation")
    order_id, return_url = str(order.get("id", "")), str(interaction.get("returnUrl", ""))
    address = str(order.get("notificationUrl", ""))
    if not order_id or order.get("currency") != "BHD":
        raise invalid("order.id or order.currency")
    if not all(may_be_called(url, loopback_only=world.settings.loopback_only) for url in (return_url, address) if url):
        raise invalid("interaction.returnUrl or order.notificationUrl")
    try:
        fils = amounts.to_fils(str(order.get("amount", "")))
    except ValueError as error:
        raise invalid("order.amount") from error
    now = world.now()
    expires_at = now + timedelta(seconds=world.settings.page_lifetime_seconds)
    return Order(
        merchant_id=owner.merchant_id,
        order_id=order_id,
        session_id=mpgs_orders.new_session_id(),
        success_indicator=mpgs_orders.new_session_id()[-16:],
        amount_fils=fils,
        reference=str(order.get("reference", "")),
        return_url=return_url,
        notification_url=address,
        created_at=now.isoformat(),
        expires_at=expires_at.isoformat(),
    )


def _has_fresh_references(session: Session, owner: MpgsMerchant, body: dict[str, Any]) -> bool:
    """Both are there, and the order's was never seen."""
    references = [_inside(body, name).get("reference") for name in ("order", "transaction")]
    seen = {order.reference for order in mpgs_orders.orders_of(session, owner.merchant_id)}
    return all(isinstance(found, str) and found for found in references) and references[0] not in seen


def _read(world: World, request: Inbound, view: Any) -> Reply:
    try:
        with world.store.write() as session:
            owner = _authorised(session, request)
            order_id = request.path["order_id"]
            if session.take_script("inquiry", terminal_id=owner.merchant_id, track_id=order_id) is not None:
                return away()
            order = _tried_order(session, owner, request)
            if not mpgs_paying.answers_now(session, order):
                return Reply(504, "Gateway Time-out", "text/plain")
            return _as_reply(view(mpgs_paying.as_of(order, world.now())))
    except MpgsError as error:
        return error.reply


def _tried_order(session: Session, owner: MpgsMerchant, request: Inbound) -> Order:
    order = mpgs_orders.find(session, owner.merchant_id, request.path["order_id"])
    if order is None or not order.is_tried:
        raise invalid("Unable to find order")
    return order


def _authorised(session: Session, request: Inbound) -> MpgsMerchant:
    found = mpgs_orders.merchant(session, request.path["merchant_id"])
    if found is None or not mpgs_wire.is_authorised(found, request.header("authorization")):
        raise MpgsError(401, "INVALID_REQUEST", "Invalid credentials.")
    return found


def _object(request: Inbound) -> dict[str, Any]:
    try:
        return request.json_object()
    except ControlError as error:
        raise invalid(error.detail) from error


def _inside(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _find(world: World, session_id: str) -> Order:
    with world.store.write() as session:
        return mpgs_orders.by_session(session, session_id)


def _page_reply(world: World, session_id: str, lang: str, wrong: str) -> Reply:
    """What the payer sees of an order in its present state."""
    try:
        order = _find(world, session_id)
    except ControlError:
        return _html(mpgs_pages.notice(lang, "unknown"), HTTP_NOT_FOUND)
    if order.captured_fils or order.status in mpgs_paying.FINAL or (order.is_tried and order.result != "FAILURE"):
        return _html(mpgs_pages.way_back(order, lang, is_paid=bool(order.captured_fils)))
    if order.expires_at <= world.now().isoformat():
        return _html(mpgs_pages.notice(lang, "expired"))
    return _html(mpgs_pages.form(order, lang, wrong, was_declined=order.is_tried), 422 if wrong else 200)


def _as_reply(found: Reply | Exception) -> Reply:
    if isinstance(found, Exception):
        raise found
    return found


def _html(page: Page, status: int = 200) -> Reply:
    headers = {
        "Content-Security-Policy": page.policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(status, page.html, "text/html; charset=utf-8", headers)
