"""Banks' files for tests, in the shapes that the standards give them; amounts in dinars with three decimals."""

from dataclasses import dataclass, field

ACCOUNT = "BH67BMAG00001299123456"


@dataclass(frozen=True)
class CamtEntry:
    """One `Ntry`; `details` are its `TxDtls`, as XML."""

    amount: str = "12.500"
    currency: str = "BHD"
    direction: str = "CRDT"
    reversal: str = ""
    status: str = "<Sts><Cd>BOOK</Cd></Sts>"
    booked: str = "<BookgDt><Dt>2026-11-25</Dt></BookgDt>"
    value: str = "<ValDt><Dt>2026-11-25</Dt></ValDt>"
    bank_reference: str = "BNK0001"
    details: str = ""

    def xml(self) -> str:
        reference = f"<AcctSvcrRef>{self.bank_reference}</AcctSvcrRef>" if self.bank_reference else ""
        details = f"<NtryDtls>{self.details}</NtryDtls>" if self.details else ""
        return (
            f'<Ntry>\n<Amt Ccy="{self.currency}">{self.amount}</Amt><CdtDbtInd>{self.direction}</CdtDbtInd>'
            f"{self.reversal}{self.status}{self.booked}{self.value}{reference}{details}\n</Ntry>"
        )


@dataclass(frozen=True)
class CamtFile:
    """One message; `balances` and `summary` as XML."""

    entries: tuple[CamtEntry, ...] = field(default=(CamtEntry(),))
    kind: str = "054"
    version: str = "08"
    account: str = f"<IBAN>{ACCOUNT}</IBAN>"
    balances: str = ""
    summary: str = ""
    prologue: str = ""

    def content(self) -> bytes:
        outer, part = {
            "053": ("BkToCstmrStmt", "Stmt"),
            "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
            "052": ("BkToCstmrAcctRpt", "Rpt"),
        }[self.kind]
        entries = "\n".join(entry.xml() for entry in self.entries)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n{self.prologue}'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{self.kind}.001.{self.version}">\n<{outer}>'
            f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>\n<{part}><Id>S-2026-329</Id><Acct><Id>{self.account}</Id></Acct>"
            f"{self.balances}{self.summary}\n{entries}\n</{part}></{outer}></Document>"
        ).encode()


def balance(code: str, amount: str, direction: str = "CRDT") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="BHD">{amount}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd></Bal>"
    )


def transaction(
    amount: str = "12.500",
    *,
    references: str = "",
    virtual_iban: str = "",
    unstructured: str = "",
    structured: str = "",
    more: str = "",
) -> str:
    """A `TxDtls` in the shape of version 08."""
    credited = f"<CdtrAcct><Id><IBAN>{virtual_iban}</IBAN></Id></CdtrAcct>" if virtual_iban else ""
    reference = f"<Strd><CdtrRefInf><Ref>{structured}</Ref></CdtrRefInf></Strd>" if structured else ""
    return (
        f'<TxDtls><Refs>{references}</Refs><Amt Ccy="BHD">{amount}</Amt>'
        "<RltdPties><Dbtr><Pty><Nm>Maryam Ali</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><IBAN>BH57NBOB00001234567890</IBAN></Id></DbtrAcct>{credited}</RltdPties>"
        f"<RmtInf><Ustrd>{unstructured}</Ustrd>{reference}</RmtInf>{more}</TxDtls>"
    )


def mt940(*entries: str, opening: str = "1000,000", closing: str = "1012,500", account: str = ACCOUNT) -> bytes:
    """One statement; each entry is its `:61:` and `:86:` lines."""
    head = [":20:BH1", f":25:{account}", ":28C:329/1", f":60F:C261124BHD{opening}"]
    return "\r\n".join([*head, *entries, f":62F:C261125BHD{closing}", "-", ""]).encode()


def mt940_entry(
    amount: str = "12,500", mark: str = "C", bank_reference: str = "BNK0001", details: str = "/REMI/thank you"
) -> str:
    reference = f"//{bank_reference}" if bank_reference else ""
    return f":61:2611251125{mark}{amount}NTRFNONREF{reference}\r\n:86:{details}"
