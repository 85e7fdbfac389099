"""The API as its own description says, on the running platform: reachable, and refusing alike everywhere."""

from typing import Any

import httpx
import pytest

from tests.e2e.conftest import World

MEMBERS = {"type", "title", "title_ar", "status", "detail", "detail_ar", "instance", "correlation_id", "errors"}


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    with world.http(None) as http:
        response = http.get("/openapi.json")
    assert response.status_code == 200
    described: dict[str, Any] = response.json()
    return described


@pytest.mark.engine
def test_the_description_is_served_to_everybody_and_names_this_platform(world: World, document: dict[str, Any]) -> None:
    """Its server is the address that it was read from: what is tried from it reaches this platform."""
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": world.url}]


@pytest.mark.engine
def test_the_viewer_is_one_page_that_fetches_nothing_from_anybody(world: World) -> None:
    """No other host is named by a script or a style; the policy lets only this page's own scripts run."""
    with world.http(None) as http:
        response = http.get("/docs")

    assert response.headers["content-type"].startswith("text/html")
    assert "SwaggerUIBundle" in response.text
    assert "<script src=" not in response.text
    assert "<link rel='stylesheet'" not in response.text
    assert "script-src 'sha256-" in response.headers["content-security-policy"]


@pytest.mark.engine
def test_health_names_the_version_and_the_build(world: World, document: dict[str, Any]) -> None:
    """So that a person on the telephone can say what is running."""
    with world.http(None) as http:
        health = http.get("/health").json()

    assert health == {"status": "ok", "version": document["info"]["version"], "build": document["info"]["x-build"]}


@pytest.mark.engine
@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (None, "GET", "/v1/invoices", 401),
        ("agency", "GET", "/v1/nothing-of-the-kind", 404),
        ("agency", "GET", "/v1/invoices/123", 404),
        ("agency", "PUT", "/v1/invoices", 404),
        ("counter", "POST", "/v1/webhook-endpoints", 403),
    ],
)
def test_every_refusal_is_a_bilingual_problem_whoever_gives_it(
    world: World, role: str | None, method: str, path: str, status: int
) -> None:
    """API Gateway and the functions refuse in one format."""
    with world.http(role) as http:
        response: httpx.Response = http.request(method, path, json={"url": "https://example.invalid"})

    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.json()) >= MEMBERS
    assert response.json()["status"] == status
