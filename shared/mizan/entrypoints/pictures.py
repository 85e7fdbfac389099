"""QR codes over HTTP: SVG as text; PNG as bytes to who asks for nothing else, in JSON to everybody else.

API Gateway turns a function's base64 into bytes only where the request's Accept names a binary media type of the API;
else it hands the base64 on as if it were text. `image/png` is the only one, so that every request body stays the text
that it is. The embedded engine compares the whole header and AWS its first entry: with one entry both agree.
"""

import base64
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from mizan.application.draw_qr import QrDrawing
from mizan.entrypoints import json_body
from mizan.entrypoints.correlation import header_of

PictureFormat = Literal["svg", "png"]

SVG_TYPE, PNG_TYPE, JSON_TYPE = "image/svg+xml", "image/png", "application/json"

QR_RESPONSES: dict[int, OpenAPIResponse] = {
    200: {
        "description": "The code.",
        "content": {
            SVG_TYPE: {"schema": {"type": "string"}},
            PNG_TYPE: {"schema": {"type": "string", "format": "binary"}},
            JSON_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["media_type", "content"],
                    "properties": {
                        "media_type": {"type": "string", "enum": [PNG_TYPE]},
                        "content": {"type": "string", "format": "byte", "description": "The file, in Base64."},
                    },
                }
            },
        },
    }
}


def picture(payload: str, kind: PictureFormat, drawing: QrDrawing, event: dict[str, Any]) -> Response[str]:
    """The code of `payload`, as the caller can take it."""
    headers = {"Vary": "Accept"}
    if kind == "svg":
        return Response(200, content_type=SVG_TYPE, body=drawing.svg(payload), headers=headers)
    content = base64.b64encode(drawing.png(payload)).decode()
    if header_of(event, "Accept").strip().lower() == PNG_TYPE:
        response = Response(200, content_type=PNG_TYPE, body=content, headers=headers)
        response.base64_encoded = True
        return response
    document = json_body.write({"media_type": PNG_TYPE, "content": content})
    return Response(200, content_type=JSON_TYPE, body=document, headers=headers)
