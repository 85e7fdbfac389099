"""The files in which the sandbox's bank tells an account's holder what came in: camt.054, camt.053, MT940.

Built apart from the platform's readers, by the standards' own words. Every transfer so far is in each file: a credit is
told again and again, as banks do. A statement is in dinars; what came in dollars stands in the notification alone.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

from .transfers import SECOND_PAYMENT, Transfer

OPENING_FILS = 1_000_000
FORMATS: dict[str, Callable[[str, list[Transfer]], str]]
_DECIMALS = {"BHD": 3, "USD": 2}
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd"


def camt054(account: str, transfers: list[Transfer]) -> str:
    """Debit credit notification, version 08."""
    entries = "".join(map(_entry, transfers))
    body = (
        f"<GrpHdr><MsgId>N{len(transfers)}</MsgId><CreDtTm>{_last(transfers)}</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>N{len(transfers)}</Id>{_account(account)}{entries}</Ntfctn>"
    )
    return _document("camt.054.001.08", f"<BkToCstmrDbtCdtNtfctn>{body}</BkToCstmrDbtCdtNtfctn>")


def camt053(account: str, transfers: list[Transfer]) -> str:
    """Statement, version 08, with balances that tie."""
    told = [one for one in transfers if one.currency == "BHD"]
    closing = OPENING_FILS + sum(map(_signed, told))
    day = told[-1].booked_on.isoformat() if told else "2026-01-01"
    balances = _balance("OPBD", OPENING_FILS, day) + _balance("CLBD", closing, day)
    body = (
        f"<GrpHdr><MsgId>S{len(told)}</MsgId><CreDtTm>{_last(told)}</CreDtTm></GrpHdr>"
        f"<Stmt><Id>S{len(told)}</Id>{_account(account)}{balances}{''.join(map(_entry, told))}</Stmt>"
    )
    return _document("camt.053.001.08", f"<BkToCstmrStmt>{body}</BkToCstmrStmt>")


def mt940(account: str, transfers: list[Transfer]) -> str:
    """Customer statement message; a batch is one line, without its payments."""
    told = [one for one in transfers if one.currency == "BHD"]
    closing = OPENING_FILS + sum(map(_signed, told))
    day = told[-1].booked_on.strftime("%y%m%d") if told else "260101"
    lines = [":20:STATEMENT", f":25:{account}", f":28C:{len(told)}/1", f":60F:C{day}BHD{_swift(OPENING_FILS)}"]
    for one in told:
        mark = "RC" if one.is_reversal else "C"
        value = one.value_date[2:].replace("-", "")
        bank = f"//{one.bank_reference}" if one.bank_reference else ""
        lines.append(f":61:{value}{one.booked_on:%m%d}{mark}{_swift(one.entry_amount)}NTRFNONREF{bank}")
        lines += [f":86:{line}" if at == 0 else line for at, line in enumerate(_wrapped(_details(one)))]
    lines += [f":62F:C{day}BHD{_swift(closing)}", "-"]
    return "\r\n".join(lines) + "\r\n"


FORMATS = {"camt054.xml": camt054, "camt053.xml": camt053, "mt940.sta": mt940}


def _entry(one: Transfer) -> str:
    reference = f"<AcctSvcrRef>{escape(one.bank_reference)}</AcctSvcrRef>" if one.bank_reference else ""
    direction, reversal = ("DBIT", "<RvslInd>true</RvslInd>") if one.is_reversal else ("CRDT", "")
    details = _details_element(one, one.amount)
    if one.batch_amount:
        details += _details_element(one, SECOND_PAYMENT)
    return (
        f'<Ntry><Amt Ccy="{one.currency}">{_decimal(one.entry_amount, one.currency)}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd>{reversal}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><DtTm>{one.booked_at}</DtTm></BookgDt><ValDt><Dt>{one.value_date}</Dt></ValDt>{reference}"
        f"<BkTxCd/><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details_element(one: Transfer, amount: int) -> str:
    virtual = f"<CdtrAcct><Id><IBAN>{one.virtual_iban}</IBAN></Id></CdtrAcct>" if one.virtual_iban else ""
    structured = (
        f"<Strd><CdtrRefInf><Ref>{escape(one.structured_reference)}</Ref></CdtrRefInf></Strd>"
        if one.structured_reference
        else ""
    )
    return (
        f'<TxDtls><Amt Ccy="{one.currency}">{_decimal(amount, one.currency)}</Amt>'
        f"<RltdPties><Dbtr><Pty><Nm>{escape(one.remitter_name)}</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{one.remitter_iban}</IBAN></Id></DbtrAcct>{virtual}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(one.remittance)}</Ustrd>{structured}</RmtInf></TxDtls>"
    )


def _account(account: str) -> str:
    return f"<Acct><Id><IBAN>{account}</IBAN></Id></Acct>"


def _balance(code: str, fils: int, day: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="BHD">{_decimal(fils, "BHD")}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _document(name: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}:{name}">{body}</Document>\n'


def _details(one: Transfer) -> str:
    parts = [f"/ORDP//NAME/{one.remitter_name}", f"/IBAN/{one.remitter_iban}"]
    parts += [f"/VIBAN/{one.virtual_iban}"] if one.virtual_iban else []
    parts += [f"/CREF/{one.structured_reference}"] if one.structured_reference else []
    return "".join(parts) + f"/REMI/{one.remittance}"


def _wrapped(text: str) -> list[str]:
    return [text[start : start + 65] for start in range(0, min(len(text), 6 * 65), 65)]


def _signed(one: Transfer) -> int:
    return -one.entry_amount if one.is_reversal else one.entry_amount


def _decimal(units: int, currency: str) -> str:
    decimals = _DECIMALS[currency]
    whole, fraction = divmod(units, 10**decimals)
    return f"{whole}.{fraction:0{decimals}d}"


def _swift(fils: int) -> str:
    return _decimal(fils, "BHD").replace(".", ",")


def _last(transfers: list[Transfer]) -> str:
    return transfers[-1].booked_at if transfers else "2026-01-01T00:00:00+00:00"
