"""KNET: its vector, the page's address, and what an answer may mean."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from mizan.adapters.gateways.knet import trandata
from mizan.adapters.gateways.knet.gateway import KnetGateway
from mizan.adapters.gateways.reading import UnreadableError
from mizan.application.ports import InitiationStarted, InquiryOutcome, InquiryResult
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.accounts import MORNING, TRACK_ID, delivery
from tests.unit.gateways.card_rails import KNET_KEY, KNET_OLD_KEY, REQUEST, Line, knet_account

GOLDEN = "DCF2C8A3F9C57A4AEAB99AC223D3FC86C2B2B6555E0540541DC0498E9FD48BC5"
ANSWER = {
    "paymentid": "100201935166676976",
    "result": "CAPTURED",
    "auth": "123456",
    "ref": "935110000001",
    "tranid": "201935166561122",
    "postdate": "1125",
    "trackid": TRACK_ID,
    "amt": "10.5",
}


def sealed(key: str = KNET_KEY, **changes: str) -> str:
    return trandata.close(key, "&".join(f"{name}={value}" for name, value in (ANSWER | changes).items()))


def answer(**changes: str) -> bytes:
    return json.dumps([{"status": "1", "trandata": sealed(**changes)}]).encode()


def inquire(body: bytes, status: int = 200, **settings: str) -> InquiryResult:
    return KnetGateway(Line(body, status)).inquire(
        knet_account(**settings), track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=MORNING
    )


def test_trandata_is_the_golden_vector() -> None:
    """Computed independently (facts: rails 1); lowercase hex opens too."""
    assert trandata.close(KNET_KEY, "amt=1.500&action=1") == GOLDEN
    assert trandata.open_fields([KNET_KEY], GOLDEN.lower()) == {"amt": "1.500", "action": "1"}


@pytest.mark.parametrize("key", ["", "short", "S" * 17, "é" * 16])
def test_a_key_that_is_not_sixteen_bytes_is_none(key: str) -> None:
    """The key is the IV too: AES-128 alone."""
    with pytest.raises(trandata.KeyLengthError):
        trandata.close(key, "amt=1.500")


@pytest.mark.parametrize("text", ["", "zz", "00" * 16, GOLDEN[:-2]])
def test_what_no_key_opens_is_undecryptable(text: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(UnreadableError, match=r"undecryptable|unreadable"):
        trandata.open_fields([KNET_KEY, KNET_OLD_KEY], text)


def test_a_value_that_would_say_more_than_itself_is_refused() -> None:
    """`amt=1&amt=9`: no value may hold a separator."""
    with pytest.raises(ValueError, match="separator"):
        trandata.query_text({"udf1": "1&amt=9"})


def test_an_attempt_is_an_address_and_nothing_is_sent() -> None:
    """The names of the vendor's sample, in its order; the terminal's id in clear beside it."""
    line = Line()

    started = KnetGateway(line).initiate(knet_account(), REQUEST)

    assert isinstance(started, InitiationStarted)
    assert line.sent == []
    parts = urlsplit(started.redirect_url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://gateway.example/kpg/PaymentHTTP.htm"
    assert (query["param"], query["tranportalId"]) == ("paymentInit", "10000001")
    assert trandata.open_fields([KNET_KEY], query["trandata"]) == {
        "id": "10000001",
        "password": "password-1",
        "action": "1",
        "langid": "USA",
        "currencycode": "048",
        "amt": "10.500",
        "responseurl": REQUEST.notification_url,
        "errorurl": REQUEST.error_url,
        "trackid": TRACK_ID,
        "udf1": "",
        "udf2": "",
        "udf3": "",
        "udf4": "",
        "udf5": "",
    }


@pytest.mark.parametrize("settings", [{"currency_code": "414"}, {"currency_code": "840"}])
def test_an_account_in_other_money_charges_nothing(settings: dict[str, str]) -> None:
    """10.500 Kuwaiti dinars are not BHD 10.500: an account takes its own currency alone."""
    account = knet_account(**settings)

    with pytest.raises(GatewayUnavailableError, match="another currency"):
        KnetGateway(Line()).initiate(account, REQUEST)


def test_kuwaiti_dinars_are_the_default() -> None:
    """An account whose settings say nothing is Kuwait's."""
    account = knet_account()
    object.__setattr__(account, "settings", {})

    with pytest.raises(GatewayUnavailableError, match="another currency"):
        KnetGateway(Line()).initiate(account, REQUEST)


def test_an_inquiry_has_the_familys_envelope() -> None:
    """Asked by track id; where and by which word is configuration."""
    line = Line(answer())
    account = knet_account(inquiry_path="/kpg/tranPipe.htm", inquiry_selector="TRACKID")

    result = KnetGateway(line).inquire(account, track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=MORNING)

    [(method, url, body, _)] = line.sent
    [outer] = json.loads(body)
    asked = trandata.open_fields([KNET_KEY], outer["trandata"])
    assert (method, url, outer["id"]) == ("POST", "https://gateway.example/kpg/tranPipe.htm", "10000001")
    assert (asked["action"], asked["udf5"], asked["transid"], asked["amt"]) == ("8", "TRACKID", TRACK_ID, "10.500")
    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, TRACK_ID)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (10_500, "BHD")
    assert (result.capture.rrn, result.capture.auth_code) == ("935110000001", "123456")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"result": "NOT CAPTURED", "authRespCode": "51"}, InquiryOutcome.DECLINED),
        ({"result": "NOT CAPTURED"}, InquiryOutcome.DECLINED),
        ({"result": "CANCELED"}, InquiryOutcome.CANCELLED),
        ({"result": "HOST TIMEOUT"}, InquiryOutcome.PENDING),
        ({"result": "VOIDED"}, InquiryOutcome.VOIDED),
        ({"result": "CAPTURED", "authRespCode": "00"}, InquiryOutcome.CAPTURED),
        ({"result": "CAPTURED", "authRespCode": "51"}, InquiryOutcome.UNKNOWN),
        ({"result": "CAPTURED", "rspcode": "05"}, InquiryOutcome.UNKNOWN),
        ({"result": "NOT CAPTURED", "authRespCode": "00"}, InquiryOutcome.UNKNOWN),
        ({"result": "APPROVED"}, InquiryOutcome.UNKNOWN),
        ({"result": ""}, InquiryOutcome.UNKNOWN),
    ],
)
def test_words_and_codes_read_through_the_familys_table(changes: dict[str, str], outcome: InquiryOutcome) -> None:
    """A response code may be missing; one that contradicts the word makes it unknown."""
    assert inquire(answer(**changes)).outcome is outcome


def test_other_money_keeps_its_own_name() -> None:
    """A currency that the answer names is believed; it is not the account's, so the money will be in suspense."""
    capture = inquire(answer(currencycode="414")).capture

    assert capture is not None
    assert (capture.amount, capture.currency) == (10_500, "KWD")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 503, GatewayUnavailableError),
        (b"", 500, OutcomeUnknownError),
        (b"not json", 200, OutcomeUnknownError),
        (b'[{"status":"1","trandata":"00"}]', 200, OutcomeUnknownError),
        (b'[{"status":"2","error":"IPAY0100015","errorText":""}]', 200, GatewayUnavailableError),
        (answer(key="K" * 16), 200, OutcomeUnknownError),
        (answer(tranid=""), 200, OutcomeUnknownError),
        (answer(trackid="x"), 200, OutcomeUnknownError),
        (answer(amt="-1"), 200, OutcomeUnknownError),
    ],
)
def test_no_readable_answer_is_no_outcome(body: bytes, status: int, error: type[Exception]) -> None:
    """Asked again later."""
    with pytest.raises(error):
        inquire(body, status)


def test_not_found_is_the_familys_code() -> None:
    """IPAY0100263: no transaction under our track id."""
    body = b'[{"status":"2","error":"IPAY0100263","errorText":"IPAY0100263-Transaction not found."}]'

    assert inquire(body) == InquiryResult(InquiryOutcome.NOT_FOUND, TRACK_ID)


@pytest.mark.parametrize("key", [KNET_KEY, KNET_OLD_KEY])
def test_a_delivery_opens_with_the_active_or_a_retired_key(key: str) -> None:
    """And says only which attempt it is about."""
    notice = KnetGateway(Line()).read_callback(knet_account(), delivery(f"trandata={sealed(key)}".encode()))

    assert (notice.track_id, notice.is_authenticated) == (TRACK_ID, True)


def test_a_spliced_delivery_is_refused() -> None:
    """Somebody's sealed result beside another's clear track id."""
    body = f"trandata={sealed()}&trackid={'9' * 24}".encode()

    with pytest.raises(InvalidCallbackError, match="wrong_track"):
        KnetGateway(Line()).read_callback(knet_account(), delivery(body))
