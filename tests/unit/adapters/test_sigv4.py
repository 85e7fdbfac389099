"""Our own signer against botocore's: the same request, the same signature, byte for byte."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from mizan.adapters.aws.sigv4 import Credentials, signed

NOW = datetime(2026, 3, 1, 9, 0, 5, tzinfo=UTC)
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}


@pytest.mark.parametrize("session_token", [None, "IQoJb3JpZ2luX2VjEJ//+=" * 20], ids=["user", "role"])
@pytest.mark.parametrize("host", ["dynamodb.me-south-1.amazonaws.com", "127.0.0.1:8070"])
@pytest.mark.parametrize(
    "body", [b"", b'{"TableName":"t"}', '{"name":"سارة"}'.encode()], ids=["empty", "ascii", "utf8"]
)
def test_the_signature_is_botocores(session_token: str | None, host: str, body: bytes) -> None:
    """With and without a session, a port, a body, letters beyond ASCII."""
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", session_token)
    scheme = "http" if ":" in host else "https"
    request = AWSRequest("POST", f"{scheme}://{host}/", {**HEADERS, "Host": host}, body)

    ours = signed(HEADERS, body, host=host, region="me-south-1", service="dynamodb", credentials=credentials, now=NOW)
    with patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        theirs = BotocoreCredentials(credentials.access_key, credentials.secret_key, session_token)
        SigV4Auth(theirs, "dynamodb", "me-south-1").add_auth(request)

    assert ours == dict(request.headers.items())


def test_the_secrets_are_in_no_repr() -> None:
    """A traceback with locals must not publish them."""
    assert "hidden" not in repr(Credentials("AKID", "hidden-1", "hidden-2"))


def test_credentials_are_what_lambda_puts_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty session token is none: it must not be signed."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")

    assert Credentials.of_environment() == Credentials("AKID", "secret", None)
