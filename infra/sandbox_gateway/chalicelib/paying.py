"""The payer's side: a card is presented, or the payer gives up; the merchant is told; the browser goes back."""

from __future__ import annotations

from dataclasses import dataclass

from . import outbox
from .cards import PresentedCard
from .errors import ControlError
from .scenarios import SUCCESS, Script
from .settling import decide, settle
from .transactions import State, Transaction
from .world import World

CANCEL = Script("cancel", "pay")


@dataclass(frozen=True, slots=True)
class BrowserReturn:
    """The form with which the payer's browser is sent back: a second delivery of the same result; for EazyPay and Tap
    the address with their id added.
    """

    url: str
    fields: dict[str, str]
    method: str = "POST"


def pay(world: World, payment_id: str, card: PresentedCard) -> Transaction:
    """Present a card; the notification is made before this returns, unless a script delays it.

    Raises ControlError: 404 unknown payment, 409 already decided, 410 page expired.
    """
    return _conclude(world, payment_id, card, None)


def cancel(world: World, payment_id: str) -> Transaction:
    """The payer gives up on the page. Raises ControlError as `pay` does."""
    return _conclude(world, payment_id, PresentedCard("", ""), CANCEL)


def find(world: World, payment_id: str) -> Transaction:
    """Raises ControlError 404."""
    with world.store.write() as session:
        transaction = session.transaction(payment_id)
    if transaction is None:
        raise ControlError(404, "unknown_payment", "no such payment")
    return transaction


def browser_return(transaction: Transaction) -> BrowserReturn | None:
    """Where the payer goes; None while the merchant gave no address (not notified yet, or not acknowledged)."""
    if not transaction.redirect_url:
        return None
    if transaction.return_url:
        name = "tap_id" if transaction.payment_id.startswith("chg_") else "globalTransactionsId"
        return BrowserReturn(transaction.redirect_url, {name: transaction.payment_id}, "GET")
    fields = {"paymentid": transaction.payment_id}
    if transaction.state is not State.ERRED:
        fields["trandata"] = transaction.return_trandata
    return BrowserReturn(transaction.redirect_url, fields)


def _conclude(world: World, payment_id: str, card: PresentedCard, own: Script | None) -> Transaction:
    now = world.now()
    with world.store.write() as session:
        transaction = session.transaction(payment_id)
        merchant = session.merchant(transaction.terminal_id) if transaction else None
        if transaction is None or merchant is None:
            raise ControlError(404, "unknown_payment", "no such payment")
        if transaction.state is not State.INITIATED:
            raise ControlError(409, "already_decided", f"the payment is {transaction.state}")
        if transaction.expires_at <= now:
            raise ControlError(410, "page_expired", "the payment page has expired")
        script = own or session.take_script("pay", terminal_id=transaction.terminal_id, track_id=transaction.track_id)
        decision = decide(transaction, script or SUCCESS, card.response_code, card.masked)
        due_now = settle(session, merchant, transaction, decision, now)
    if due_now is not None:
        outbox.send(world, due_now)
        outbox.pump(world)
    return find(world, payment_id)
