"""MFEP on the wire: what opens, what it says, and what is refused with which word."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mizan.adapters.gateways.mfep import xml
from mizan.adapters.gateways.mfep.biller import MfepBiller
from mizan.adapters.gateways.mfep.signature import sign
from mizan.application.ports_agencies import Bilingual
from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    BillRefusal,
    BillStatus,
    BillView,
    NoticeKind,
    NoticeVerdict,
    WireAnswer,
)
from mizan.domain.accounts import AccountSecrets
from mizan.domain.errors import InvalidCallbackError
from tests.unit.billers.switches import (
    GUID,
    REFERENCE,
    bill_pull,
    key_pair,
    message,
    mfep_account,
    mfep_request,
    notification,
    transaction,
    validation,
)

NOTICE, INQUIRY = BillerOperation.NOTICE, BillerOperation.INQUIRY
BILLER = MfepBiller()
BILL = BillView(
    reference=REFERENCE,
    status=BillStatus.DUE,
    amount=12_500,
    minimum=5_000,
    maximum=12_500,
    currency="BHD",
    issued_on=datetime(2026, 11, 1).date(),  # noqa: DTZ001  # a day
    due_on=datetime(2026, 12, 1).date(),  # noqa: DTZ001  # a day
    agency=Bilingual("Commerce", "التجارة"),
    service_code="cr-registration",
    service=Bilingual("Commercial registration", "السجل التجاري"),
    payer=Bilingual("M••• A•••", "م••• ع•••"),
    allows_part=True,
)


def reason_of(content: str | bytes, operation: BillerOperation = INQUIRY, *, guid: str = GUID) -> str:
    read = BILLER.read_inquiry if operation is not NOTICE else BILLER.read_notices
    with pytest.raises(InvalidCallbackError) as caught:
        read(mfep_account(), mfep_request(content, operation, guid=guid))
    return caught.value.reason


def root_of(answer: WireAnswer) -> xml.Element:
    """The answer, whose signature is the biller's over the body as it stands there."""
    opened = xml.read(answer.body)
    public = serialization.load_pem_public_key(key_pair("biller")[1].encode())
    assert isinstance(public, RSAPublicKey)
    signature = base64.b64decode(xml.required(opened.root, "MsgFooter/Security/Signature"))
    public.verify(signature, opened.signed_texts[0].encode("utf-16-le"), padding.PKCS1v15(), hashes.SHA256())
    return opened.root


def test_the_signature_is_rsa_pkcs1_sha256_over_utf16_little_endian_without_a_bom() -> None:
    """rails.md 4: over the outer XML of MsgBody; checked with the library's own verifier, byte for byte."""
    body = "<MsgBody><Name>سارة</Name></MsgBody>"

    signature = base64.b64decode(sign(key_pair("switch")[0], body))

    public = serialization.load_pem_public_key(key_pair("switch")[1].encode())
    assert isinstance(public, RSAPublicKey)
    signed = b"".join(unit.encode("utf-16-le") for unit in body)
    assert signed[:4] == b"<\x00M\x00"
    public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def test_a_bill_pull_asks_for_the_billing_number() -> None:
    """The GUID comes in the address and is kept for the echo."""
    inquiry = BILLER.read_inquiry(mfep_account(), mfep_request(message(bill_pull(), "BILPULRQ")))

    assert (inquiry.reference, inquiry.message_id, inquiry.amount) == (REFERENCE, GUID, None)
    assert inquiry.echo["service_type"] == "fees"


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: ('<?xml version="1.0" encoding="utf-16"?>' + text).encode(),
        lambda text: ('<?xml version="1.0" encoding="utf-16"?>' + text).encode("utf-16"),
        lambda text: text.encode("utf-16-be").join([b"\xfe\xff", b""]),
    ],
)
def test_every_encoding_that_senders_use_is_read(encoded: object) -> None:
    """.NET senders declare utf-16 over UTF-8 bytes; what the bytes are counts."""
    assert callable(encoded)
    content = encoded(message(bill_pull(), "BILPULRQ"))

    assert BILLER.read_inquiry(mfep_account(), mfep_request(content)).reference == REFERENCE


def test_a_formatted_message_is_verified_over_its_unformatted_body() -> None:
    """The sender signs the body before it formats the message; .NET writes a space before `/>`."""
    plain = bill_pull()
    formatted = plain.replace("><", ">\n  <").replace("<BillNo>\n  </BillNo>", "<BillNo></BillNo>")
    as_dotnet = plain.replace("<BillNo></BillNo>", "<BillNo />")
    for signed in (plain.replace("<BillNo></BillNo>", "<BillNo/>"), as_dotnet, formatted):
        content = message(formatted, "BILPULRQ", signed=signed)

        assert BILLER.read_inquiry(mfep_account(), mfep_request(content)).reference == REFERENCE


def test_a_retired_key_of_the_switch_still_opens() -> None:
    """Keys are rotated with overlap."""
    named = {"signing_key": key_pair("biller")[0], "partner_key": key_pair("new switch")[1]}
    named["retired_partner_key"] = key_pair("switch")[1]
    account = mfep_account(secrets=AccountSecrets(password="", resource_key="", named=named))

    assert BILLER.read_inquiry(account, mfep_request(message(bill_pull(), "BILPULRQ"))).reference == REFERENCE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (message(bill_pull(), "BILPULRQ", signer="somebody"), "bad_signature"),
        (message(bill_pull("000000000000000292"), "BILPULRQ", signed=bill_pull()), "bad_signature"),
        (message(bill_pull(), "BILPULRQ").replace("<Signature>", "<Signature>!"), "bad_signature"),
        (message(bill_pull(), "BLRPMTNTFRQ"), "bad_schema"),
        (message(bill_pull(), "NONSENSE"), "bad_schema"),
        (message(bill_pull(), "BILPULRQ", sender="9"), "bad_schema"),
        (message(bill_pull(""), "BILPULRQ"), "bad_schema"),
        ("", "bad_schema"),
        (message(bill_pull(), "BILPULRQ")[:-30], "bad_schema"),
        ("<MFEP/>", "bad_schema"),
        ("<Other/>", "bad_schema"),
        (b"\xff\xfe\x00", "bad_schema"),
        (b"\x80\x81", "bad_schema"),
        ('<!DOCTYPE MFEP [<!ENTITY a "b">]>' + message(bill_pull(), "BILPULRQ"), "bad_schema"),
        ('<!DOCTYPE MFEP SYSTEM "file:///etc/passwd"><MFEP/>', "bad_schema"),
        (message("<MsgBody>&boom;</MsgBody>", "BILPULRQ"), "bad_schema"),
        (message("<MsgBody><!-- a --></MsgBody>", "BILPULRQ"), "bad_schema"),
        (message("<MsgBody><![CDATA[<MsgBody/>]]></MsgBody>", "BILPULRQ"), "bad_schema"),
        (message("<MsgBody><?php x?></MsgBody>", "BILPULRQ"), "bad_schema"),
        (message(bill_pull() + bill_pull(), "BILPULRQ"), "bad_schema"),
        ("<MFEP>" + "<a>" * 5_000 + "</a>" * 5_000 + "</MFEP>", "bad_schema"),
        ("<MFEP>" + "<a/>" * 5_000 + "</MFEP>", "bad_schema"),
        ("<MFEP>" + "x" * 70_000 + "</MFEP>", "bad_schema"),
        ("<MFEP>\x00</MFEP>", "bad_schema"),
    ],
)
def test_what_does_not_fit_is_refused(content: str | bytes, reason: str) -> None:
    """Forged, spliced, truncated, with a DOCTYPE or entities, too deep, too large, in a wrong encoding: a word each."""
    assert reason_of(content) == reason


def test_a_message_without_a_guid_is_refused() -> None:
    """Nothing could be told apart by it, and nothing echoed."""
    assert reason_of(message(bill_pull(), "BILPULRQ"), guid="") == "bad_schema"
    assert reason_of(message(bill_pull(), "BILPULRQ"), guid="x" * 65) == "bad_schema"


def test_a_validation_asks_about_one_amount() -> None:
    """In fils; the decimals of the text do not matter."""
    request = mfep_request(message(validation(amount="12.5"), "BILRPREPADVALRQ"), BillerOperation.VALIDATION)

    inquiry = BILLER.read_inquiry(mfep_account(), request)

    assert (inquiry.reference, inquiry.amount) == (REFERENCE, 12_500)


@pytest.mark.parametrize(
    ("status", "extra", "kind"),
    [
        ("PmtNew", "", NoticeKind.PAID),
        ("PmtSent", "", NoticeKind.PAID),
        ("PmtComplt", "", NoticeKind.SETTLED),
        ("PmtNew", "<Result><ErrorCode>701</ErrorCode></Result>", NoticeKind.REVERSED),
    ],
)
def test_a_notification_says_what_was_paid_when_and_how_final_it_is(status: str, extra: str, kind: NoticeKind) -> None:
    """Local times are Bahrain's: 08:58 there is 05:58 UTC."""
    content = message(notification(transaction(PmtStatus=status, extra=extra)), "BLRPMTNTFRQ")

    told = BILLER.read_notices(mfep_account(), mfep_request(content, NOTICE))

    (notice,) = told.notices
    assert (told.message_id, notice.kind, notice.transaction) == (GUID, kind, "9001")
    assert (notice.reference, notice.amount, notice.currency, notice.rrn) == (REFERENCE, 12_500, "BHD", "B-77")
    assert notice.paid_at == datetime(2026, 3, 1, 5, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PmtStatus": "PmtMaybe"}, "bad_schema"),
        ({"Currency": "JOD"}, "unknown_currency"),
        ({"PaidAmt": "12.5005"}, "unreadable_amount"),
        ({"PaidAmt": "-1"}, "unreadable_amount"),
        ({"PaidAmt": "0"}, "unreadable_amount"),
        ({"PaidAmt": "1e3"}, "unreadable_amount"),
        ({"JOEBPPSTrx": ""}, "bad_schema"),
        ({"JOEBPPSTrx": "a b"}, "bad_schema"),
        ({"ProcessDate": "yesterday"}, "bad_schema"),
        ({"ProcessDate": "2026-13-45T00:00:00"}, "bad_schema"),
        ({"ProcessDate": "0001-01-01T00:00:00"}, "bad_schema"),
        ({"extra": "<PaidAmt>1.000</PaidAmt>"}, "bad_schema"),
    ],
)
def test_a_transaction_that_cannot_be_read_refuses_the_message(changes: dict[str, str], reason: str) -> None:
    """Signed all the same: the bank hears that we did not take it, and gives the money back or tells it again."""
    content = message(notification(transaction(**changes)), "BLRPMTNTFRQ")

    assert reason_of(content, NOTICE) == reason


def test_one_message_tells_of_several_payments_but_of_none_twice() -> None:
    """The answer has a result for each, by its number."""
    one, two = transaction(), transaction(JOEBPPSTrx="9002", PaidAmt="1")
    content = message(notification(one, two), "BLRPMTNTFRQ")

    told = BILLER.read_notices(mfep_account(), mfep_request(content, NOTICE))

    assert [(notice.transaction, notice.amount) for notice in told.notices] == [("9001", 12_500), ("9002", 1_000)]
    assert reason_of(message(notification(one, one), "BLRPMTNTFRQ"), NOTICE) == "bad_schema"
    assert reason_of(message("<MsgBody><Transactions/></MsgBody>", "BLRPMTNTFRQ"), NOTICE) == "bad_schema"


def test_the_answer_shows_the_bill_and_echoes_the_guid_signed() -> None:
    """Amounts with three decimals, the name masked, the header's result 0."""
    request = mfep_request(message(bill_pull(), "BILPULRQ"))
    inquiry = BILLER.read_inquiry(mfep_account(), request)
    settings = {"sender_code": "1", "settlement_iban": "BH67BMAG00001299123456", "settlement_bank": "BMAG"}

    root = root_of(BILLER.answer_inquiry(mfep_account(settings=settings), request, inquiry, BILL))

    header, record = root.find("MsgHeader"), root.find("MsgBody/BillsRec/BillRec")
    assert xml.text_at(header, "GUID") == GUID
    assert xml.text_at(header, "TrsInf/ResTyp") == "BILPULRS"
    assert [xml.text_at(header, f"Result/{name}") for name in ("ErrorCode", "Severity")] == ["0", "Info"]
    assert xml.text_at(root, "MsgBody/RecCount") == "1"
    assert xml.text_at(record, "Result/ErrorCode") == "0"
    assert [xml.text_at(record, name) for name in ("BillStatus", "DueAmount", "DueDate")] == [
        "BillNew", "12.500", "2026-12-01"
    ]  # fmt: skip
    assert [xml.text_at(record, f"PmtConst/{name}") for name in ("AllowPart", "Lower", "Upper")] == [
        "true", "5.000", "12.500"
    ]  # fmt: skip
    assert xml.text_at(record, "SubPmts/SubPmt/AcctNo") == "BH67BMAG00001299123456"
    assert xml.text_at(record, "SubPmts/SubPmt/Amount") == "12.500"
    assert xml.text_at(record, "AdditionalInfo/CustName") == "M••• A•••"


@pytest.mark.parametrize(
    ("refusal", "code", "status"),
    [
        (BillRefusal.UNKNOWN, "408", ""),
        (BillRefusal.PAID, "324", "BillPaid"),
        (BillRefusal.EXPIRED, "323", ""),
        (BillRefusal.NOT_PAYABLE, "409", ""),
        (BillRefusal.NOT_OFFERED, "322", ""),
        (BillRefusal.IN_PROGRESS, "342", ""),
        (BillRefusal.OPERATOR_SUSPENDED, "313", ""),
        (BillRefusal.TOO_MANY_MISSES, "303", ""),
    ],
)
def test_a_bill_that_is_not_shown_is_answered_in_its_record(refusal: BillRefusal, code: str, status: str) -> None:
    """rails.md 4: the header stays 0, the amount due is 0."""
    request = mfep_request(message(bill_pull(), "BILPULRQ"))
    inquiry = BILLER.read_inquiry(mfep_account(), request)

    root = root_of(BILLER.answer_inquiry(mfep_account(), request, inquiry, refusal))

    record = root.find("MsgBody/BillsRec/BillRec")
    assert xml.text_at(root, "MsgHeader/Result/ErrorCode") == "0"
    assert (xml.text_at(record, "Result/ErrorCode"), xml.text_at(record, "Result/Severity")) == (code, "Error")
    assert (xml.text_at(record, "BillStatus"), xml.text_at(record, "DueAmount")) == (status, "0.000")


@pytest.mark.parametrize(("bill", "code", "amount"), [(BILL, "0", "12.500"), (BillRefusal.BAD_AMOUNT, "325", "0.000")])
def test_a_validation_is_answered_for_its_amount(bill: BillView | BillRefusal, code: str, amount: str) -> None:
    """325: not this amount."""
    request = mfep_request(message(validation(), "BILRPREPADVALRQ"), BillerOperation.VALIDATION)
    inquiry = BILLER.read_inquiry(mfep_account(), request)

    root = root_of(BILLER.answer_inquiry(mfep_account(), request, inquiry, bill))

    answer = root.find("MsgBody/BillingInfo")
    assert xml.text_at(root, "MsgHeader/TrsInf/ResTyp") == "BILRPREPADVALRS"
    assert (xml.text_at(answer, "Result/ErrorCode"), xml.text_at(answer, "DueAmt")) == (code, amount)


@pytest.mark.parametrize(("kind", "answer_kind"), [("BLRPMTNTFRQ", "BLRPMTNTFRS"), ("PMTACKRQ", "PMTACKRS")])
def test_an_acknowledgement_echoes_each_transaction_with_its_result(kind: str, answer_kind: str) -> None:
    """ProcessDate and STMTDate as they came; 340 where the number was another payment's."""
    request = mfep_request(message(notification(transaction(), transaction(JOEBPPSTrx="9002")), kind), NOTICE)
    told = BILLER.read_notices(mfep_account(), request)
    verdicts = {"9001": NoticeVerdict.KEPT, "9002": NoticeVerdict.SAME_TRANSACTION}

    root = root_of(BILLER.acknowledge(mfep_account(), request, told, verdicts))

    found = [
        [xml.text_at(one, name) for name in ("JOEBPPSTrx", "ProcessDate", "STMTDate", "Result/ErrorCode")]
        for one in root.findall("MsgBody/Transactions/TrxInf")
    ]
    assert xml.text_at(root, "MsgHeader/TrsInf/ResTyp") == answer_kind
    assert found == [
        ["9001", "2026-03-01T08:58:00", "2026-03-02", "0"],
        ["9002", "2026-03-01T08:58:00", "2026-03-02", "340"],
    ]


def test_a_guid_that_was_another_messages_is_said_in_the_header() -> None:
    """Code 7, and nothing of the message counts."""
    request = mfep_request(message(notification(), "BLRPMTNTFRQ"), NOTICE)
    told = BILLER.read_notices(mfep_account(), request)

    root = root_of(BILLER.acknowledge(mfep_account(), request, told, {"9001": NoticeVerdict.SAME_MESSAGE_ID}))

    assert xml.text_at(root, "MsgHeader/Result/ErrorCode") == "7"
    assert xml.text_at(root.find("MsgBody/Transactions/TrxInf"), "Result/ErrorCode") == "7"


@pytest.mark.parametrize(
    ("reason", "code"),
    [("bad_signature", "2"), ("bad_schema", "101"), ("unknown_currency", "101"), ("unreadable_amount", "325"),
     ("too_large", "303")],
)  # fmt: skip
def test_what_cannot_be_opened_is_answered_with_the_families_own_codes(reason: str, code: str) -> None:
    """2 signature, 101 schema, 325 amount."""
    root = root_of(BILLER.refuse(mfep_account(), mfep_request("x", NOTICE), reason))

    assert xml.text_at(root, "MsgHeader/Result/ErrorCode") == code
    assert xml.text_at(root, "MsgHeader/Result/Severity") == "Error"


def test_an_address_that_is_nobodys_is_answered_unsigned() -> None:
    """There is no key to sign with; the answer is the same for every body."""
    root = xml.read(BILLER.refuse(None, mfep_request("x"), "unknown_account").body).root

    assert xml.text_at(root, "MsgHeader/Result/ErrorCode") == "2"
    assert xml.text_at(root, "MsgFooter/Security/Signature") == ""


def test_an_echo_cannot_break_out_of_the_answer() -> None:
    """A number that looks like XML comes back as text."""
    request = mfep_request(message(bill_pull("&lt;/BillingNo&gt;&amp;"), "BILPULRQ"))
    inquiry: BillInquiry = BILLER.read_inquiry(mfep_account(), request)

    root = root_of(BILLER.answer_inquiry(mfep_account(), request, inquiry, BillRefusal.UNKNOWN))

    assert xml.text_at(root, "MsgBody/BillsRec/BillRec/AcctInfo/BillingNo") == "</BillingNo>&"
