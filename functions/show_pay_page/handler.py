"""The payer's pages: find a bill, pay it at a gateway, see what became of it. HTML whatever happens."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Form, Query

from mizan import bootstrap
from mizan.domain.errors import ConflictError, InvalidInputError
from mizan.domain.payments import PaymentMethod, PaymentState
from mizan.entrypoints.correlation import correlation_of
from mizan.entrypoints.observability import correlate, count, logger
from mizan.entrypoints.pages.attempt_page import REFRESH_COUNT_MAX, attempt_page
from mizan.entrypoints.pages.bill_page import bill_page, no_card_payment_page
from mizan.entrypoints.pages.documented import SENT, SHOWN, SHOWN_OR_SENT, STARTED, TAGS
from mizan.entrypoints.pages.find_page import find_page, not_found_page, typed_reference
from mizan.entrypoints.pages.layout import Page, View
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


@app.get("/pay/<reference>", tags=TAGS, summary="A bill and how to pay it", responses=SHOWN)
def show_bill(reference: str, lang: Lang = None) -> Response[str]:
    bill = bootstrap.pay_pages().find_bill(typed_reference(reference) or reference)
    return _show(bill_page(_view(), bill, token=new_token(), is_local=bootstrap.is_local()))


@app.post(
    "/pay/<reference>",
    tags=TAGS,
    summary="Start a payment and go to the gateway",
    responses=STARTED,
)
def pay(
    reference: str,
    token: Annotated[str, Form(description="The form's one-time token.")] = "",
    method: Annotated[str, Form(description="debit_card")] = "",
    lang: Annotated[str, Form(description="ar or en")] = "",
) -> Response[str]:
    view = _view(lang)
    pages = bootstrap.pay_pages()
    if not is_token(token) or method not in tuple(PaymentMethod):
        return _stale(view, reference)
    try:
        payment = pages.begin_payment(reference, PaymentMethod(method), token)
    except InvalidInputError:  # no account takes this method for the agency
        return _show(no_card_payment_page(view, pages.find_bill(reference)))
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
    return _show(attempt_page(view, payment, refresh_count=refresh_count, has_returned=bool(returned)))


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
    return _stale(_view(), app.current_event.raw_event["pathParameters"]["reference"])


def _stale(view: View, reference: str) -> Response[str]:
    bill = bootstrap.pay_pages().find_bill(reference)
    return _show(bill_page(view, bill, token=new_token(), is_local=bootstrap.is_local(), is_stale=True))


def _view(form_language: str | None = None) -> View:
    return view_of(app.current_event.raw_event, bootstrap.public_url(), form_language=form_language)


def _show(page: Page) -> Response[str]:
    return show(page, app.current_event.raw_event)


def _go(path: str) -> Response[str]:
    return go_to(_view().link(path))


lambda_handler = serve_pages(app)
