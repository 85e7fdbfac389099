"""A switch of banks and an operator's machine for the tests: they write and sign as the real ones would."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, time
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mizan.adapters.gateways.mfep.signature import sign
from mizan.application.ports_billers import BillerOperation, WireRequest
from mizan.domain.accounts import AccountSecrets, MerchantAccount

MORNING = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
GUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
REFERENCE = "000000000000000195"
SECRET, RETIRED_SECRET = "s" * 32, "r" * 32
NONCE = "nonce-0123456789"


@cache
def key_pair(name: str) -> tuple[str, str]:
    """(private, public) PEM of a party of that name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def mfep_account(**changes: Any) -> MerchantAccount:
    """The treasury's account with a switch: biller code 171, switch code 1."""
    values: dict[str, Any] = {
        "account_id": "mfep-1",
        "token": "tok-mfep",
        "gateway": "mfep",
        "agency": "*",
        "terminal_id": "171",
        "method": "bank_app",
        "base_url": "https://switch.invalid",
        "cutoff": time(0, 0),
        "is_active": True,
        "secrets": AccountSecrets(
            password="",
            resource_key="",
            named={"signing_key": key_pair("biller")[0], "partner_key": key_pair("switch")[1]},
        ),
        "effective_from": datetime(2026, 1, 1, tzinfo=UTC),
        "settings": {"sender_code": "1"},
    }
    return MerchantAccount(**(values | changes))


def kiosk_account(**changes: Any) -> MerchantAccount:
    """The treasury's account with an operator of kiosks."""
    values: dict[str, Any] = {
        "account_id": "kiosk-1",
        "token": "tok-kiosk",
        "gateway": "kiosk",
        "agency": "*",
        "terminal_id": "sample-operator",
        "method": "kiosk",
        "base_url": "https://kiosks.invalid",
        "cutoff": time(0, 0),
        "is_active": True,
        "secrets": AccountSecrets(password="", resource_key=SECRET, retired_keys=(RETIRED_SECRET,)),
        "effective_from": datetime(2026, 1, 1, tzinfo=UTC),
        "operator": "sample-kiosks",
    }
    return MerchantAccount(**(values | changes))


def bill_pull(reference: str = REFERENCE) -> str:
    return (
        f"<MsgBody><AcctInfo><BillingNo>{reference}</BillingNo><BillNo></BillNo></AcctInfo>"
        "<ServiceType>fees</ServiceType></MsgBody>"
    )


def validation(reference: str = REFERENCE, amount: str = "12.500") -> str:
    return (
        f"<MsgBody><BillingInfo><AcctInfo><BillingNo>{reference}</BillingNo></AcctInfo>"
        f"<ServiceTypeDetails><ServiceType>fees</ServiceType></ServiceTypeDetails><DueAmt>{amount}</DueAmt>"
        "</BillingInfo></MsgBody>"
    )


def transaction(**changes: str) -> str:
    """One `TrxInf`; a change of an element's text, or with `extra` further elements."""
    fields = {
        "JOEBPPSTrx": "9001",
        "BankTrxID": "B-77",
        "BankCode": "22",
        "PmtStatus": "PmtNew",
        "DueAmt": "12.500",
        "PaidAmt": "12.500",
        "FeesAmt": "0.000",
        "FeesOnBiller": "false",
        "ProcessDate": "2026-03-01T08:58:00",
        "STMTDate": "2026-03-02",
        "AccessChannel": "MOB",
        "PaymentMethod": "ACTDEB",
        "Currency": "BHD",
    }
    reference, extra = changes.pop("reference", REFERENCE), changes.pop("extra", "")
    written = "".join(f"<{name}>{text}</{name}>" for name, text in (fields | changes).items())
    return f"<TrxInf><AcctInfo><BillingNo>{reference}</BillingNo></AcctInfo>{written}{extra}</TrxInf>"


def notification(*transactions: str) -> str:
    return f"<MsgBody><Transactions>{''.join(transactions or (transaction(),))}</Transactions></MsgBody>"


def message(body: str, kind: str, *, signer: str = "switch", signed: str | None = None, sender: str = "1") -> str:
    """A whole MFEP message over a body; `signed` where the signature is over another text."""
    signature = sign(key_pair(signer)[0], body if signed is None else signed)
    return (
        "<MFEP><MsgHeader><TmStp>2026-03-01T09:00:00</TmStp><TrsInf>"
        f"<SdrCode>{sender}</SdrCode><RcvCode>171</RcvCode><ReqTyp>{kind}</ReqTyp></TrsInf></MsgHeader>"
        f"{body}<MsgFooter><Security><Signature>{signature}</Signature></Security></MsgFooter></MFEP>"
    )


def mfep_request(
    content: str | bytes, operation: BillerOperation = BillerOperation.INQUIRY, *, guid: str = GUID
) -> WireRequest:
    body = content if isinstance(content, bytes) else content.encode()
    return WireRequest(operation, body, MORNING, {"guid": guid} if guid else {})


def kiosk_request(
    document: Any,
    operation: BillerOperation = BillerOperation.INQUIRY,
    *,
    secret: str = SECRET,
    at: datetime = MORNING,
    received_at: datetime = MORNING,
    signed_as: str | None = None,
) -> WireRequest:
    """A signed request of a machine; `document` as it is where it is bytes already."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    word = {
        "inquiry": "inquiries",
        "validation": "validations",
        "notice": "notices",
        "reversal": "reversals",
        "voucher": "vouchers",
        "voucher_cancellation": "voucher-cancellations",
    }
    timestamp = str(int(at.timestamp()))
    text = "\n".join([signed_as or word[operation], timestamp, NONCE, hashlib.sha256(body).hexdigest()])
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {"mizan-timestamp": timestamp, "mizan-nonce": NONCE, "mizan-signature": signature}
    return WireRequest(operation, body, received_at, headers)


def cash_notice(**changes: Any) -> dict[str, Any]:
    notice = {
        "transaction": "K1-0001",
        "reference": REFERENCE,
        "terminal": "K-1",
        "tendered": 20_000,
        "change": 7_500,
        "currency": "BHD",
        "paid_at": "2026-03-01T08:58:00+03:00",
    }
    return notice | changes
