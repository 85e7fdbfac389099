"""The OpenAPI document: built from the handlers alone, valid, complete, and saying what the template deploys."""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.build.openapi import build_openapi
from infra.build.paths import ROOT, TEMPLATE
from infra.build.targets import BuildError
from infra.build.template import load_template, resources_of
from mizan.entrypoints.problem_texts import KINDS

Operation = tuple[str, str, dict[str, Any]]
ARABIC = re.compile("[\u0600-\u06ff]")
HEADERS_OF_EVERY_ANSWER = "X-Correlation-Id"
CONFLICT = '''
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from pydantic import BaseModel
from mizan.entrypoints.http import caller_of, install, person_of, serve
app = APIGatewayRestResolver(enable_validation=True)
install(app)
class {model}(BaseModel):
    """Another one."""
    other: int
@app.get("{path}")
def read() -> {model}:
    {body}
lambda_handler = serve(app)
'''


def stage(app_dir: Path) -> Path:
    """The application as the build stages it, without what it makes."""
    for source in (ROOT / "functions", ROOT / "shared" / "mizan"):
        shutil.copytree(source, app_dir / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return app_dir


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    app_dir = stage(tmp_path_factory.mktemp("build") / "app")
    build_openapi(app_dir)
    assert list(app_dir.rglob("__pycache__")) == []
    built: dict[str, Any] = json.loads((app_dir / "openapi.json").read_text(encoding="utf-8"))
    return built


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def scopes_of(operation: dict[str, Any]) -> list[str]:
    """A key or a token with the scope; a token alone where a person has to call. Bearer comes last in both."""
    *by_key, by_bearer = operation["security"]
    scopes: list[str] = by_bearer["Bearer"]
    assert by_key in ([], [{"ApiKey": scopes}])
    return scopes


def keyed(document: dict[str, Any]) -> list[Operation]:
    """Operations that need a key."""
    return [found for found in operations(document) if found[1].startswith("/v1/")]


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    """By the specification's own schema, references included."""
    assert document["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_document_has_exactly_the_routes_that_the_template_deploys(document: dict[str, Any]) -> None:
    """A route that is not described, or described and not deployed, is a broken promise."""
    functions = resources_of(load_template(TEMPLATE), "AWS::Serverless::Function").values()
    events = [event for function in functions for event in function.get("Events", {}).values()]

    deployed = {(e["Properties"]["Method"], e["Properties"]["Path"]) for e in events if e["Type"] == "Api"}

    assert {(method, path) for method, path, _ in operations(document)} == deployed


def test_every_reference_leads_somewhere_and_every_model_is_used(document: dict[str, Any]) -> None:
    """Nothing of the framework's own error models is left behind."""
    text = json.dumps(document)

    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', text))

    assert referred == set(document["components"]["schemas"])


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    """Client generators make methods of them."""
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(ids) == len(set(ids))


def test_every_keyed_operation_names_its_scope_and_documents_its_problems(document: dict[str, Any]) -> None:
    """Who may call, what can go wrong, and the correlation id: nothing is found out by trying."""
    for method, path, operation in keyed(document):
        where = f"{method} {path}"
        (scope,) = scopes_of(operation)
        assert re.fullmatch("[a-z]+:[a-z]+", scope), where
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"]), where
        assert {"$ref": "#/components/parameters/CorrelationId"} in operation["parameters"], where
        assert operation["summary"] != f"{method} {path}", where
        assert operation["tags"], where
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= set(operation["responses"]), where
        if method == "POST":
            assert "409" in operation["responses"], where


def test_scopes_are_those_that_the_handlers_check(document: dict[str, Any]) -> None:
    """Derived from the calls themselves; these are the ones that agencies rely on."""
    scopes = {(method, path): scopes_of(operation) for method, path, operation in keyed(document)}

    assert scopes["POST", "/v1/invoices"] == ["invoices:write"]
    assert scopes["GET", "/v1/invoices"] == ["invoices:read"]
    assert scopes["POST", "/v1/invoices/{reference}/payments"] == ["payments:write"]
    assert scopes["GET", "/v1/payments"] == ["payments:read"]
    assert scopes["GET", "/v1/services/{code}/phase-check"] == ["services:read"]


def test_public_operations_ask_for_no_key(document: dict[str, Any]) -> None:
    """An empty list says so; a missing one would mean whatever the document's default is."""
    public = [operation for _, path, operation in operations(document) if not path.startswith("/v1/")]

    assert public
    assert all(operation["security"] == [] for operation in public)


def test_every_answer_to_a_keyed_operation_shows_the_correlation_id(document: dict[str, Any]) -> None:
    """Also on problems, but those that API Gateway gives before any function runs."""
    for method, path, operation in keyed(document):
        for status, response in operation["responses"].items():
            resolved = document["components"]["responses"][f"Problem{status}"] if "$ref" in response else response
            if status not in ("401", "429"):
                assert HEADERS_OF_EVERY_ANSWER in resolved["headers"], f"{method} {path} {status}"


def test_creations_are_201_and_say_that_replays_are_marked(document: dict[str, Any]) -> None:
    """No creation answers 200."""
    for path in ("/v1/invoices", "/v1/invoices/{reference}/payments", "/v1/webhook-endpoints"):
        responses = document["paths"][path]["post"]["responses"]
        assert "200" not in responses
        assert "Idempotent-Replayed" in responses["201"]["headers"]


def test_every_problem_that_can_be_answered_is_described(document: dict[str, Any]) -> None:
    """By its slug, under its status, in both languages."""
    responses = document["components"]["responses"]

    for slug, kind in KINDS.items():
        description = responses[f"Problem{kind.status}"]["description"]
        assert f"`{slug}`" in description
        assert kind.title.ar in description


def test_the_document_introduces_itself_in_both_languages_under_the_projects_version(document: dict[str, Any]) -> None:
    """One version, in one place that people look at."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert document["info"]["version"] == project["version"]
    assert ARABIC.search(document["info"]["description"])
    assert re.fullmatch("[0-9a-f]{12}", document["info"]["x-build"])


def test_the_build_is_named_after_the_sources(tmp_path: Path, document: dict[str, Any]) -> None:
    """The same sources, the same name; one changed byte, another."""
    app_dir = stage(tmp_path / "app")
    build_openapi(app_dir)
    again = json.loads((app_dir / "openapi.json").read_text(encoding="utf-8"))
    with (app_dir / "mizan" / "__init__.py").open("a", encoding="utf-8") as source:
        source.write("# changed\n")

    build_openapi(app_dir)

    changed = json.loads((app_dir / "openapi.json").read_text(encoding="utf-8"))
    assert again == document
    assert changed["info"]["x-build"] != document["info"]["x-build"]


def test_where_a_person_has_to_call_keys_are_not_offered(tmp_path: Path) -> None:
    """The document says so before anybody tries with a key."""
    app_dir = stage(tmp_path / "app")
    (app_dir / "functions" / "zz_other").mkdir()
    source = CONFLICT.format(model="OtherModel", path="/v1/other", body='return person_of(app, "a:approve") and None')
    (app_dir / "functions" / "zz_other" / "handler.py").write_text(source, encoding="utf-8")

    build_openapi(app_dir)

    built = json.loads((app_dir / "openapi.json").read_text(encoding="utf-8"))
    assert built["paths"]["/v1/other"]["get"]["security"] == [{"Bearer": ["a:approve"]}]


@pytest.mark.parametrize(
    ("model", "path", "body", "complaint"),
    [
        ("InvoiceModel", "/v1/other", 'return caller_of(app, "a:read") and None', "model is called InvoiceModel too"),
        ("OtherModel", "/v1/invoices", 'return caller_of(app, "a:read") and None', "Conflict: GET /v1/invoices"),
        ("OtherModel", "/v1/other", "return None", "asks for no scope"),
        (
            "OtherModel",
            "/v1/other",
            'return caller_of(app, "a:read") and person_of(app, "a:read") and None',
            "asks for a person in one place",
        ),
    ],
)
def test_what_would_be_merged_silently_fails_the_build(
    tmp_path: Path, model: str, path: str, body: str, complaint: str
) -> None:
    """Equal names overwrite each other, equal routes hide each other, a route without a scope is open to every key."""
    app_dir = stage(tmp_path / "app")
    (app_dir / "functions" / "zz_other").mkdir()
    source = CONFLICT.format(model=model, path=path, body=body)
    (app_dir / "functions" / "zz_other" / "handler.py").write_text(source, encoding="utf-8")

    with pytest.raises(BuildError, match=complaint):
        build_openapi(app_dir)
