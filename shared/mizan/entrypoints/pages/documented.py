"""How the OpenAPI document describes the pages."""

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from mizan.entrypoints.pictures import QR_RESPONSES

Responses = dict[int, OpenAPIResponse]

TAGS = ["Pay pages"]


def _html(description: str) -> OpenAPIResponse:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


SHOWN: Responses = {
    200: _html("The page, in Arabic or English."),
    404: _html("No such bill or payment: the page that asks to check the number."),
    500: _html("The page for what should not happen, with a number for the help desk."),
}
SHOWN_OR_SENT: Responses = {
    303: {"description": "Where the browser goes next.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    **SHOWN,
}
SENT: Responses = {status: response for status, response in SHOWN_OR_SENT.items() if status != 200}  # noqa: PLR2004  # HTTP success
DRAWN: Responses = {
    **{status: response for status, response in SHOWN_OR_SENT.items() if status != 200},  # noqa: PLR2004  # HTTP success
    **QR_RESPONSES,
}
STARTED: Responses = {
    **SENT,
    400: _html("The form was incomplete: the bill again."),
    409: _html("The agency takes no card here: the bill's other ways."),
    503: _html("Too busy: nothing was started, a new try is safe."),
}
