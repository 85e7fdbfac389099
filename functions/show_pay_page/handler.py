"""The payer's pages: find a bill, pay it at a gateway, see what became of it. HTML whatever happens."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Form, Query

from mizan import bootstrap
from mizan.application.show_pay_page import BasketBill, Bill
from mizan.domain.errors import ConflictError, InvalidInputError, MethodUnavailableError
from mizan.domain.payments import PaymentMethod, PaymentState
from mizan.entrypoints.correlation import correlation_of
from mizan.entrypoints.observability import correlate, count, logger
from mizan.entrypoints.pages.attempt_page import REFRESH_COUNT_MAX, attempt_page
from mizan.entrypoints.pages.basket_page import basket_page, no_card_basket_page
from mizan.entrypoints.pages.bill_page import bill_page, no_card_payment_page
from mizan.entrypoints.pages.documented import DRAWN, SENT, SHOWN, SHOWN_OR_SENT, STARTED, TAGS
from mizan.entrypoints.pages.find_page import find_page, not_found_page, typed_reference
from mizan.entrypoints.pages.layout import Page, View
from mizan.entrypoints.pages.pay_form import ALL, chosen
from mizan.entrypoints.pages.payer_fields import payer_in
from mizan.entrypoints.pages.qr_code import qr_section
from mizan.entrypoints.pages.refund_page import refund_page
from mizan.entrypoints.pages.serving import (
    brought_back,
    go_to,
    install_pages,
    is_token,
    new_token,
    serve_pages,
    show,
    view_of,
)
from mizan.entrypoints.pictures import PictureFormat, picture

Lang = Annotated[str | None, Query(description="ar or en; else the browser's language, else Arabic.")]

app = APIGatewayRestResolver(enable_validation=True)
install_pages(app, bootstrap.public_url)


@app.get("/pay", tags=TAGS, summary="A form to type a payment reference", responses=SHOWN_OR_SENT)
def find(
    reference: Annotated[str | None, Query(description="What the payer typed.")] = None, lang: Lang = None
) -> Response[str]:
    if reference is None:
        return _show(find_page(_view()))
    found = typed_reference(reference)
    return _go(f"/pay/{found}?lang={_view().language}") if found else _show(not_found_page(_view(), reference))


@app.get("/pay/<reference>", tags=TAGS, summary="A bill or a basket and how to pay it", responses=SHOWN_OR_SENT)
def show_bill(
    reference: str,
    lang: Lang = None,
    replaces: Annotated[str | None, Query(description="The reference of the wrong bill that led here.")] = None,
) -> Response[str]:
    found = bootstrap.pay_pages().find(typed_reference(reference) or reference)
    if isinstance(found, Bill) and found.superseded_by is not None:
        return _go(f"/pay/{found.superseded_by}?replaces={found.reference}&lang={_view().language}")
    return _show(_page(_view(), found, replaced=typed_reference(replaces or "")))


@app.get("/pay/<reference>/qr", tags=TAGS, summary="The QR code of a bill or a basket", responses=DRAWN)
def draw(
    reference: str,
    kind: Annotated[PictureFormat, Query(alias="format", description="png: alone in Accept, else in JSON.")] = "svg",
) -> Response[str]:
    try:
        payload = bootstrap.pay_pages().qr_payload(typed_reference(reference) or reference)
    except ConflictError:  # nothing can be paid now: the bill says why
        return _go(f"/pay/{reference}?lang={_view().language}")
    return picture(payload, kind, bootstrap.qr_drawing(), app.current_event.raw_event)


@app.post(
    "/pay/<reference>",
    tags=TAGS,
    summary="Start a payment and go to the gateway",
    responses=STARTED,
)
def pay(
    reference: str,
    *,
    token: Annotated[str, Form(description="The form's one-time token.")] = "",
    method: Annotated[str, Form(description="debit_card")] = "",
    lang: Annotated[str, Form(description="ar or en")] = "",
    what: Annotated[str, Form(description="all, part, or plan: and a plan's id")] = ALL,
    amount: Annotated[str, Form(description="Dinars, where part is chosen.")] = "",
    payer_name: Annotated[str, Form(description="Who pays for another.")] = "",
    payer_kind: Annotated[str, Form(description="cpr, cr or passport")] = "",
    payer_number: Annotated[str, Form(description="Theirs, if they give one.")] = "",
) -> Response[str]:
    view = _view(lang)
    pages = bootstrap.pay_pages()
    if not is_token(token) or method not in tuple(PaymentMethod):
        return _again(view, reference, "form_stale")
    try:
        plan, part = chosen(what, amount)
        payer = payer_in(payer_name, payer_kind, payer_number)
        payment = pages.begin_payment(reference, PaymentMethod(method), token, plan=plan, amount=part, payer=payer)
    except (ValueError, InvalidInputError) as error:
        return _refused(view, reference, error)
    except MethodUnavailableError:
        return _again(view, reference, "method_down")
    except ConflictError:  # paid or cancelled meanwhile: the bill says which
        return _go(f"/pay/{reference}?lang={view.language}")
    correlate(payment.correlation_id)
    count("PayPagePaymentStarted")
    if payment.state is PaymentState.PENDING and payment.redirect_url:
        return go_to(payment.redirect_url)
    return _go(f"/pay/{payment.reference}/payments/{payment.payment_id}?lang={view.language}")


@app.get(
    "/pay/<reference>/payments/<payment_id>",
    tags=TAGS,
    summary="What became of a payment",
    responses=SHOWN_OR_SENT,
)
def show_attempt(
    reference: str,
    payment_id: str,
    lang: Lang = None,
    n: Annotated[str, Query(description="How often the page refreshed itself.")] = "0",
    returned: Annotated[str | None, Query(description="1 once the payer was at the gateway.")] = None,
) -> Response[str]:
    payment = bootstrap.pay_pages().find_attempt(reference, payment_id)
    if brought_back(app.current_event.raw_event):
        return come_back(reference, payment_id)
    correlate(payment.correlation_id)
    view = view_of(app.current_event.raw_event, bootstrap.public_url(), query="returned=1" if returned else "")
    refresh_count = int(n) if n.isascii() and n.isdecimal() and len(n) < len("1000") else REFRESH_COUNT_MAX
    has_rest = payment.capture is not None and bootstrap.pay_pages().leaves_rest(payment)
    shown = attempt_page(view, payment, refresh_count=refresh_count, has_returned=bool(returned), leaves_rest=has_rest)
    return _show(shown)


@app.post(
    "/pay/<reference>/payments/<payment_id>",
    tags=TAGS,
    summary="The payer's browser returns from the gateway",
    responses=SENT,
)
def come_back(reference: str, payment_id: str) -> Response[str]:
    pages = bootstrap.pay_pages()
    payment = pages.find_attempt(reference, payment_id)
    correlate(payment.correlation_id)
    result = brought_back(app.current_event.raw_event)
    if result is not None:
        try:
            pages.record_return(payment, *result, correlation_of(app.current_event.raw_event))
        except Exception:  # a second delivery only: the payer's page is worth more, and the sweep finds the result
            logger.exception("return not kept")
            count("ReturnNotKept")
    return _go(f"/pay/{reference}/payments/{payment_id}?returned=1")


@app.get("/pay/<reference>/refunds/<refund_id>", tags=TAGS, summary="Where a refund stands", responses=SHOWN)
def show_refund(reference: str, refund_id: str, lang: Lang = None) -> Response[str]:
    refund = bootstrap.pay_pages().find_refund(reference, refund_id)
    correlate(refund.correlation_id)
    return _show(refund_page(_view(), refund))


@app.exception_handler([RequestValidationError, RequestUnsupportedContentType])  # type: ignore[untyped-decorator]  # so Powertools leaves it
def unreadable(_: Exception) -> Response[str]:
    return _again(_view(), app.current_event.raw_event["pathParameters"]["reference"], "form_stale")


def _again(view: View, reference: str, wrong: str) -> Response[str]:
    return _show(_page(view, bootstrap.pay_pages().find(reference), wrong=wrong))


def _refused(view: View, reference: str, error: Exception) -> Response[str]:
    """No account takes this method for the agency, or what was chosen cannot be paid."""
    if isinstance(error, InvalidInputError) and error.fields[0].field == "method":
        return _show(_no_card(view, bootstrap.pay_pages().find(reference)))
    is_payer = isinstance(error, InvalidInputError) and error.fields[0].field == "payer"
    return _again(view, reference, "wrong_payer" if is_payer else "wrong_amount")


def _page(view: View, found: Bill | BasketBill, *, wrong: str | None = None, replaced: str | None = None) -> Page:
    token, is_local = new_token(), bootstrap.is_local()
    code = qr_section(view, found.reference, found.qr, bootstrap.qr_drawing())
    if isinstance(found, BasketBill):
        return basket_page(view, found, token=token, is_local=is_local, code=code, wrong=wrong)
    return bill_page(view, found, token=token, is_local=is_local, code=code, wrong=wrong, replaced=replaced)


def _no_card(view: View, found: Bill | BasketBill) -> Page:
    return no_card_basket_page(view, found) if isinstance(found, BasketBill) else no_card_payment_page(view, found)


def _view(form_language: str | None = None) -> View:
    return view_of(app.current_event.raw_event, bootstrap.public_url(), form_language=form_language)


def _show(page: Page) -> Response[str]:
    return show(page, app.current_event.raw_event)


def _go(path: str) -> Response[str]:
    return go_to(_view().link(path))


lambda_handler = serve_pages(app)
