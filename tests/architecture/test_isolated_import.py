"""Every handler imports with its own artifact and layers, and nothing else of this machine.

The embedded engine could hide a missing dependency, and a development environment always does: `python -I -S` sees
neither site-packages nor this tree.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build import build
from infra.build.paths import BUILD, TEMPLATE
from infra.build.template import layers_by_function, load_template, resources_of

TEMPLATE_DATA = load_template(TEMPLATE)
FUNCTIONS = resources_of(TEMPLATE_DATA, "AWS::Serverless::Function")
LAYERS = layers_by_function(TEMPLATE_DATA)
ENVIRONMENT = {
    **dict.fromkeys(TEMPLATE_DATA["Globals"]["Function"]["Environment"]["Variables"], "x"),
    "MIZAN_STAGE": "local",
    "MIZAN_PUBLIC_URL": "http://127.0.0.1:8080",
    "AWS_REGION": "me-south-1",
    "AWS_DEFAULT_REGION": "me-south-1",
    "AWS_LAMBDA_FUNCTION_NAME": "isolated",
    "POWERTOOLS_SERVICE_NAME": "mizan",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}
TOO_HEAVY = {  # each costs a cold start 40 to 356 ms and serves nothing here
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parser",
    "aws_xray_sdk",
    "awscrt",
    "boto3.resources.factory",
}
_SCRIPT = """
import json, sys
sys.path[:] = json.loads(sys.argv[1]) + sys.path
__import__("importlib").import_module(sys.argv[2])
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def built() -> Path:
    """The artifacts of this tree."""
    build()
    return BUILD


@pytest.mark.timeout(60)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_with_its_artifact_and_layers_alone(built: Path, function: str) -> None:
    """What imports here imports in Lambda; and it brings none of the known-heavy modules, nor another layer's."""
    module = FUNCTIONS[function]["Handler"].rpartition(".")[0]
    layers = [str(built / "layers" / layer / "python") for layer in LAYERS[function]]
    command = [sys.executable, "-I", "-S", "-B", "-c", _SCRIPT, json.dumps([str(built / "app"), *layers]), module]

    answer = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - our own code

    assert answer.returncode == 0, answer.stderr
    modules = set(json.loads(answer.stdout.splitlines()[-1]))
    assert modules & TOO_HEAVY == set()
    assert {"duckdb", "xlsxwriter", "mt940"} & modules == set() or "reconciliation" in LAYERS[function]
