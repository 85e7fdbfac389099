"""What an agency does to its own invoice: issue, cancel, contest, hold, release, write off, amend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.invoices import Invoice, InvoiceEvent
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, install, require_no_body, serve
from mizan.entrypoints.invoice_commands import amendment_of
from mizan.entrypoints.invoice_schemas import AmendInvoiceRequest, InvoiceModel, fingerprint, invoice_model
from mizan.entrypoints.observability import count

SCOPE = "invoices:write"
TAGS = ["Invoices"]

Reference = Annotated[str, Path(description="The payment reference, 18 digits.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@dataclass(frozen=True, slots=True)
class Action:
    """`path` is the last part of the address; asked again, each is answered as it stands."""

    path: str
    event: InvoiceEvent
    summary: str
    description: str


ACTIONS = (
    Action("issue", InvoiceEvent.ISSUE, "Issue a draft", "From now on it can be paid."),
    Action(
        "cancel",
        InvoiceEvent.CANCEL,
        "Cancel an invoice",
        "While nothing is paid. Money that still arrives for it goes to suspense.",
    ),
    Action(
        "contest",
        InvoiceEvent.CONTEST,
        "Mark an invoice as contested",
        "Escalation stops: it does not fall due, expire or cost more; it may still be paid.",
    ),
    Action(
        "hold",
        InvoiceEvent.HOLD,
        "Stop taking money for an invoice",
        "At once, though a payer is at the bank: what still arrives goes to suspense.",
    ),
    Action("release", InvoiceEvent.RELEASE, "Release an invoice", "It was contested or held, and is owed again."),
    Action(
        "write-off", InvoiceEvent.WRITE_OFF, "Write an invoice off", "Nothing more is asked for; what was paid stays."
    ),
)


def _route(action: Action) -> Callable[..., InvoiceModel]:
    def change(reference: Reference, idempotency_key: OptionalIdempotencyKey = None) -> InvoiceModel:
        caller = caller_of(app, SCOPE)
        require_no_body(app)
        invoice = bootstrap.change_invoice()(reference, action.event, caller=caller, idempotency_key=idempotency_key)
        return _shown(invoice, action.event)

    change.__name__ = f"{action.event}_invoice"
    return change


for _action in ACTIONS:
    app.post(
        f"/v1/invoices/<reference>/{_action.path}",
        summary=_action.summary,
        description=f"{_action.description} Asked again, it is answered as it stands; the same key with another action "
        "on this invoice is 409.",
        response_description="The invoice as it stands.",
        tags=TAGS,
    )(_route(_action))


@app.patch(
    "/v1/invoices/<reference>",
    summary="Amend an invoice",
    description="While nothing is paid. What is left out stays; what was is kept beside it. The same amendment again "
    "changes nothing.",
    response_description="The invoice as it stands.",
    tags=TAGS,
)
def amend(
    reference: Reference, request: AmendInvoiceRequest, idempotency_key: OptionalIdempotencyKey = None
) -> InvoiceModel:
    caller = caller_of(app, SCOPE)
    invoice = bootstrap.amend_invoice()(
        reference,
        amendment_of(request),
        caller=caller,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint(request),
    )
    return _shown(invoice, InvoiceEvent.AMEND)


def _shown(invoice: Invoice, event: InvoiceEvent) -> InvoiceModel:
    count("InvoiceChanged", event=str(event))
    return invoice_model(invoice, bootstrap.public_url(), at=bootstrap.clock().now())


lambda_handler = serve(app)
