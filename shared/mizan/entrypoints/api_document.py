"""The OpenAPI document as it was built beside the application, and the page that shows it."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import swagger_ui

FILE_NAME = "openapi.json"
APPLICATION_ROOT = Path(__file__).parents[2]
"""In the artifact: the folder that holds `mizan/`, `functions/` and the document."""

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_TITLE = "Mizan API · واجهة ميزان البرمجية"


@cache
def read_document(public_url: str, root: Path = APPLICATION_ROOT) -> dict[str, Any]:
    """The document, with this deployment's own address as its server. Raises FileNotFoundError before a build."""
    document: dict[str, Any] = json.loads((root / FILE_NAME).read_text(encoding="utf-8"))
    return document | {"servers": [{"url": public_url}]}


def viewer_page(document: dict[str, Any]) -> str:
    """Swagger UI as Powertools ships it, whole in one page: nothing is fetched from anybody else."""
    folder = Path(swagger_ui.__file__).parent
    spec = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    page = swagger_ui.generate_swagger_html(
        spec=spec,
        swagger_js=(folder / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=(folder / "swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return page.replace("<html>", '<html lang="en">', 1).replace(
        "<title>Swagger UI</title>", f"<title>{_TITLE}</title>"
    )


def content_security_policy(page: str) -> str:
    """Lets this very page's scripts run, by their hashes, and lets it call the API that it describes."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in _SCRIPT.findall(page))
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
