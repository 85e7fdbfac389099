"""GET /v1/invoices/{reference}/qr: the bill as a QR code, to print or to show."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.pictures import QR_RESPONSES, picture

SCOPE = "invoices:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/invoices/<reference>/qr",
    summary="Draw the QR code",
    description="An EMVCo merchant code with what is due as of now and the payment reference; draw it again after a "
    "change. A PNG is sent as such to who asks with `Accept: image/png` alone, and in JSON to anybody else: the API's "
    "gateway passes bytes on that condition only. No compatibility with any wallet is claimed beyond the standard.",
    tags=["Invoices"],
    responses=QR_RESPONSES,
)
def draw(
    reference: Annotated[str, Path(description="The payment reference, 18 digits: an invoice's or a basket's.")],
    kind: Annotated[Literal["svg", "png"], Query(alias="format", description="What to draw.")] = "svg",
) -> Response[str]:
    caller = caller_of(app, SCOPE)
    payload = bootstrap.qr_codes().payload(reference, caller=caller)
    return picture(payload, kind, bootstrap.qr_drawing(), app.current_event.raw_event)


lambda_handler = serve(app)
