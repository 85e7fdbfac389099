"""Build the OpenAPI document from the staged application, in a process that sees nothing else of this tree."""

import os
import sys
from pathlib import Path

from infra.build.paths import ROOT
from infra.build.staging import run


def build_openapi(app_dir: Path) -> None:
    """Write `app_dir`/openapi.json. Raises BuildError on any warning, conflict or route without a description."""
    path = os.pathsep.join([str(app_dir), str(ROOT)])  # the staged copy goes first; the tree only gives `infra`
    command = [sys.executable, "-P", "-B", "-W", "error", "-m", "infra.build.openapi_document", str(app_dir)]
    run(["env", f"PYTHONPATH={path}", *command], "OpenAPI document")
