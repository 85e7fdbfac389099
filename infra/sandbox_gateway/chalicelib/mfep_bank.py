"""A switch of banks on MFEP's wire (facts: rails 4): pulls bills, tells of payments, and checks what it is answered.

Written apart from the platform's own reading of the family: bodies unformatted, signed RSA PKCS#1 v1.5 SHA-256 over
UTF-16LE. Like .NET senders it declares utf-16 over UTF-8 bytes.
"""

from __future__ import annotations

import base64
import re
import uuid
from xml.etree import ElementTree

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .amounts import three_decimals
from .biller_partners import Partner, Payment, Told
from .messages import BAHRAIN
from .world import World

PATHS = {
    "BILPULRQ": "postpaid/BillPull",
    "BILRPREPADVALRQ": "prepaid/ValidatePayment",
    "BLRPMTNTFRQ": "payment/ReceivePaymentNotification",
    "PMTACKRQ": "payment/ReceivePaymentNotification",
}
REVERSED = "<Result><ErrorCode>701</ErrorCode><ErrorDesc>Reversed</ErrorDesc><Severity>Error</Severity></Result>"
DECLARATION = '<?xml version="1.0" encoding="utf-16"?>'
_BODY = re.compile("<MsgBody.*</MsgBody>|<MsgBody/>", re.DOTALL)
_BILL_FIELDS = ("BillStatus", "DueAmount", "Currency", "DueDate", "PmtConst/AllowPart", "PmtConst/Lower",
                "PmtConst/Upper", "AdditionalInfo/CustName")  # fmt: skip


def pull(reference: str) -> str:
    return f"<MsgBody><AcctInfo><BillingNo>{reference}</BillingNo></AcctInfo><ServiceType>all</ServiceType></MsgBody>"


def validation(reference: str, amount_fils: int) -> str:
    return (
        f"<MsgBody><BillingInfo><AcctInfo><BillingNo>{reference}</BillingNo></AcctInfo>"
        f"<DueAmt>{three_decimals(amount_fils)}</DueAmt></BillingInfo></MsgBody>"
    )


def notification(payment: Payment, status: str, *, is_reversal: bool = False) -> str:
    amount = three_decimals(payment.amount_fils)
    local = f"{payment.paid_at.astimezone(BAHRAIN):%Y-%m-%dT%H:%M:%S}"
    return (
        f"<MsgBody><Transactions><TrxInf><AcctInfo><BillingNo>{payment.reference}</BillingNo></AcctInfo>"
        f"<JOEBPPSTrx>{payment.transaction}</JOEBPPSTrx><BankTrxID>B{payment.transaction}</BankTrxID>"
        f"<BankCode>22</BankCode><PmtStatus>{status}</PmtStatus><DueAmt>{amount}</DueAmt><PaidAmt>{amount}</PaidAmt>"
        f"<FeesAmt>0.000</FeesAmt><FeesOnBiller>false</FeesOnBiller><ProcessDate>{local}</ProcessDate>"
        f"<STMTDate>{local[:10]}</STMTDate><AccessChannel>MOB</AccessChannel><PaymentMethod>ACTDEB</PaymentMethod>"
        f"<PaymentType>Postpaid</PaymentType><Currency>{payment.currency}</Currency>"
        f"{REVERSED if is_reversal else ''}</TrxInf></Transactions></MsgBody>"
    )


def call(
    world: World,
    partner: Partner,
    biller_url: str,
    kind: str,
    body: str,
    *,
    key: str = "",
    guid: str = "",
    sent: str = "",
) -> Told:
    """Sign (with another `key` where one is given) and post; `sent` stands in the message for what was signed."""
    signature = _sign(key or partner.own_key, body)
    now = f"{world.now().astimezone(BAHRAIN):%Y-%m-%dT%H:%M:%S}"
    text = (
        f"{DECLARATION}<MFEP><MsgHeader><TmStp>{now}</TmStp><TrsInf><SdrCode>{partner.own_code}</SdrCode>"
        f"<RcvCode>{partner.biller_code}</RcvCode><ReqTyp>{kind}</ReqTyp></TrsInf></MsgHeader>{sent or body}"
        f"<MsgFooter><Security><Signature>{signature}</Signature></Security></MsgFooter></MFEP>"
    )
    url = f"{biller_url}/{PATHS[kind]}?GUID={guid or uuid.uuid4()}"
    reply = world.send(url, text.encode(), {"Content-Type": "application/xml"}, world.settings.ack_timeout_seconds)
    return _told(partner, f"{kind} {PATHS[kind]}", reply.status, reply.body)


def another_key() -> str:
    """A forger's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def _told(partner: Partner, name: str, status: int | None, answer: str) -> Told:
    found = _BODY.search(answer)
    try:
        root = ElementTree.fromstring(answer)  # noqa: S314  # our own platform's answer
    except ElementTree.ParseError:
        return Told(name, status, (), is_signed=False, bill=None, answer=answer)
    codes = tuple(code.text or "" for code in root.iter("ErrorCode"))
    is_signed = found is not None and _is_signed(partner, found[0], root.findtext("MsgFooter/Security/Signature", ""))
    record = root.find("MsgBody/BillsRec/BillRec")
    bill = None
    if record is not None:
        bill = {path.rpartition("/")[2]: record.findtext(path, "") for path in _BILL_FIELDS}
    return Told(name, status, codes, is_signed=is_signed, bill=bill, answer=answer)


def _sign(pem: str, text: str) -> str:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return base64.b64encode(key.sign(text.encode("utf-16-le"), padding.PKCS1v15(), hashes.SHA256())).decode()


def _is_signed(partner: Partner, text: str, signature: str) -> bool:
    key = serialization.load_pem_public_key(partner.biller_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("an RSA key is needed")
    try:
        key.verify(base64.b64decode(signature), text.encode("utf-16-le"), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
