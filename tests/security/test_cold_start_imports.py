"""What each function loads before it can answer. Imports are the cold start: the heavy ones are named and kept out.

Each handler is imported in a fresh interpreter, with nothing in its environment, and then asked for what it will wire
at its first call; `sys.modules` says what that took. Measured over bare Python 3.13: boto3 and a client 255 ms,
pydantic 121, Powertools' logger and metrics 100, a tracer 356 even when disabled.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.paths import ROOT

HANDLERS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
SETTINGS = {
    "MIZAN_TABLE": "mizan",
    "MIZAN_PUBLIC_URL": "https://api.invalid",
    "MIZAN_STAGE": "prod",
    "MIZAN_RAIL_COOL_DOWN_SECONDS": "60",
    "MIZAN_SETTLE_QUEUE_URL": "https://sqs.invalid/settle",
    "MIZAN_EVENT_QUEUE_URL": "https://sqs.invalid/event",
    "MIZAN_REFUND_QUEUE_URL": "https://sqs.invalid/refund",
    "MIZAN_WEBHOOK_QUEUE_URL": "https://sqs.invalid/webhook",
    "MIZAN_LOOKUP_QUEUE_URL": "https://sqs.invalid/lookup",
    "AWS_REGION": "me-south-1",
    "AWS_DEFAULT_REGION": "me-south-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}

NOBODY = {
    "aws_xray_sdk",
    "awscrt",
    "ministack",
    "moto",
    "chalice",
    "httpx",
    "requests",
    "typer",
    "rich",
    "yaml",
    "infra",
}
"""What no function loads: what a tracer brings, tools of the local runner and of tests."""

ONLY_REPORTS = {"duckdb", "xlsxwriter", "openpyxl", "lxml", "typst", "segno", "saxonche"}
"""What only the functions that read statements or write documents may load."""

REPORTING = {"reconcile_day", "read_reports"}

LIGHT = {
    "authorize_request": (
        "api_keys(), bootstrap.people()",
        {"boto3", "botocore", "pydantic", "aws_lambda_powertools", "cryptography", "jwt"},
    ),
    "receive_callback": (
        "receive_callback(), bootstrap.callback_manners('benefit')",
        {"pydantic", "aws_lambda_powertools", "cryptography"},
    ),
    "take_notice": ("notice_desk(), bootstrap.biller_manners()", {"pydantic", "aws_lambda_powertools"}),
    "present_bill": ("inquiry_desk(), bootstrap.biller_manners()", {"pydantic", "aws_lambda_powertools"}),
    "dispatch_changes": (
        "settle_queue(), bootstrap.event_queue(), bootstrap.refund_queue(), bootstrap.stream_routes()",
        {"pydantic", "aws_lambda_powertools", "cryptography"},
    ),
}
"""Functions whose cold start somebody waits for, or that run at every change: what they wire, what must stay out."""


def modules_after(code: str, settings: dict[str, str]) -> set[str]:
    """Every module that a fresh interpreter holds after `code`; a warning on the way is a failure."""
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    path = os.pathsep.join([str(ROOT / "shared"), str(ROOT)])
    answer = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(ROOT.anchor),
        env={"PYTHONPATH": path, **settings},
    )
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout.splitlines()[-1]))


def loaded(modules: set[str], unwanted: set[str]) -> set[str]:
    """Which of `unwanted` are there, themselves or by a part of theirs."""
    return {name for name in unwanted if any(module == name or module.startswith(f"{name}.") for module in modules)}


@pytest.mark.parametrize("function", HANDLERS)
def test_a_handler_imports_without_settings_and_loads_nothing_that_it_does_not_need(function: str) -> None:
    """No environment is read and no client made at import: the OpenAPI build relies on it too."""
    modules = modules_after(f"import functions.{function}.handler", {})

    assert f"functions.{function}.handler" in modules
    assert loaded(modules, NOBODY) == set()
    assert loaded(modules, {"boto3"}) == set(), "clients are made at the first call, in bootstrap"
    if function not in REPORTING:
        assert loaded(modules, ONLY_REPORTS) == set()


@pytest.mark.parametrize("function", LIGHT)
def test_a_function_that_must_be_quick_stays_light_when_wired(function: str) -> None:
    """What it loads at its first call counts as well."""
    factories, unwanted = LIGHT[function]
    code = f"import functions.{function}.handler\nfrom mizan import bootstrap\nbootstrap.{factories}"

    modules = modules_after(code, SETTINGS)

    assert loaded(modules, unwanted | NOBODY | ONLY_REPORTS) == set()


def test_nobody_makes_a_tracer() -> None:
    """Powertools' package loads its module anyway; making one is what costs."""
    sources = [path for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.py")]

    assert [path for path in sources if re.search(r"\bTracer\b", path.read_text(encoding="utf-8"))] == []


def test_no_function_imports_another() -> None:
    """Functions are leaves: what two share lives in `mizan`."""
    for function in HANDLERS:
        source = (ROOT / "functions" / function / "handler.py").read_text(encoding="utf-8")
        assert "import functions" not in source
        assert "from functions" not in source
