"""The exact acknowledgement, the unproven track id, and how little has to be loaded for both."""

import subprocess
import sys
from pathlib import Path

import pytest

from mizan.adapters.gateways.registry import GATEWAYS
from mizan.domain.errors import NotFoundError
from tests.unit.gateways.accounts import TRACK_ID

BACK = "https://pay.example/pay/123456789012345678/payments/pay_123456789012345678654321"
MANNERS = GATEWAYS.manners("benefit")
HEAVY_MODULES = (
    "cryptography",
    "boto3",
    "botocore",
    "pydantic",
    "http.client",
    "urllib.request",
    "aws_lambda_powertools",
)
SHARED = Path(__file__).resolve().parents[3] / "shared"


def test_the_acknowledgement_is_exactly_redirect_and_the_address() -> None:
    """No HTML and no line end, or BENEFIT voids the transaction."""
    assert MANNERS.acknowledge(BACK) == b"REDIRECT=" + BACK.encode()


@pytest.mark.parametrize(
    "url",
    [
        BACK + "?reference=1",
        BACK + "#paid",
        "http://pay.example/pay",
        "https://pay.example/" + "x" * 254,
        "https://pay.example/a b",
        "https://pay.example/\r\nX: y",
        "https://pay.example/دفع",
        "https:///pay",
        "javascript:alert(1)",
        "https://pay.example:port/",
        "",
    ],
)
def test_an_address_that_benefit_would_not_take_is_refused(url: str) -> None:
    """Query strings are stripped, 254 characters are the limit, https is needed outside this machine."""
    with pytest.raises(ValueError, match="gateway"):
        MANNERS.acknowledge(url)


def test_plain_http_is_fine_on_this_machine() -> None:
    """The sandbox and the platform talk over loopback."""
    assert MANNERS.acknowledge("http://127.0.0.1:8080/pay/1") == b"REDIRECT=http://127.0.0.1:8080/pay/1"


@pytest.mark.parametrize(
    ("body", "track_id"),
    [
        (f"trandata=AB&trackid={TRACK_ID}".encode(), TRACK_ID),
        (f"TrackID={TRACK_ID}".encode(), TRACK_ID),
        (f"trackid={TRACK_ID}&TRACKID={TRACK_ID}".encode(), TRACK_ID),
        (f"trackid={TRACK_ID}&trackid=1".encode(), None),
        (b"trackid=../../etc", None),
        (b"trackid=" + b"1" * 41, None),
        ("trackid=١٢٣".encode(), None),
        (b"trandata=AB", None),
        (b"\xff", None),
        (b"", None),
        (b"&".join(b"a=1" for _ in range(100)), None),
    ],
)
def test_the_clear_track_id_is_digits_or_nothing(body: bytes, track_id: str | None) -> None:
    """It only chooses the page that the payer returns to; whatever does not fit is none."""
    assert MANNERS.clear_track_id(body) == track_id


def test_an_unknown_gateway_is_an_error_not_a_null() -> None:
    """The registry raises."""
    with pytest.raises(NotFoundError):
        GATEWAYS.get("nobody")
    with pytest.raises(NotFoundError):
        GATEWAYS.manners("nobody")


def test_a_gateway_is_made_once() -> None:
    """One instance serves every request of a process."""
    assert GATEWAYS.get("benefit") is GATEWAYS.get("benefit")
    assert GATEWAYS.get("benefit").name == "benefit"


def test_answering_a_delivery_loads_nothing_heavy() -> None:
    """Cold start of the callback function: no decryption library, no HTTP client, no AWS."""
    code = (
        "import sys; from mizan.adapters.gateways.registry import GATEWAYS\n"
        f"GATEWAYS.manners('benefit').acknowledge({BACK!r})\n"
        f"print([name for name in {HEAVY_MODULES!r} if name in sys.modules])"
    )

    loaded = subprocess.run(  # noqa: S603  # this interpreter, our own code
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SHARED)}, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
