"""GET /openapi.json, /docs and /health: what the API is, readable by machines and by people, and that it is there."""

from functools import cache
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, Field

from mizan import bootstrap
from mizan.entrypoints import json_body
from mizan.entrypoints.api_document import content_security_policy, read_document, viewer_page
from mizan.entrypoints.http import JSON_CONTENT_TYPE, install, serve

TAGS = ["About"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


class HealthModel(BaseModel):
    """That the API answers, and which one it is. Says nothing about the services behind it: alarms do."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="Of the API.", examples=["0.1.0"])
    build: str = Field(description="Of the code: a hash over everything that was deployed.", examples=["3f9ac2d41b07"])


@app.get(
    "/openapi.json",
    summary="This document",
    tags=TAGS,
    responses={200: {"description": "OpenAPI 3.1.", "content": {JSON_CONTENT_TYPE: {"schema": {"type": "object"}}}}},
)
def openapi_document() -> Response[str]:
    return Response(200, JSON_CONTENT_TYPE, json_body.write(_document()))


@app.get(
    "/docs",
    summary="This document, to read and to try",
    tags=TAGS,
    responses={200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}},
)
def docs(
    page_format: Annotated[
        Literal["json"] | None, Query(alias="format", description="json: the document itself.")
    ] = None,
) -> Response[str]:
    if page_format == "json":
        return openapi_document()
    page, policy = _page()
    return Response(200, "text/html; charset=utf-8", page, {"Content-Security-Policy": policy})


@app.get("/health", summary="That the API answers", response_description="It does.", tags=TAGS)
def health() -> HealthModel:
    information = _document()["info"]
    return HealthModel(version=information["version"], build=information["x-build"])


def _document() -> dict[str, Any]:
    return read_document(bootstrap.public_url())


@cache
def _page() -> tuple[str, str]:
    page = viewer_page(_document())
    return page, content_security_policy(page)


lambda_handler = serve(app)
