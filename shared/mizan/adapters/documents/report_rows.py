"""What stands in a row of the reports, once for every format: fields, and their headings in both languages.

Amounts come twice, in fils and as decimals; times of day are Asia/Bahrain and the headings say so. No personal data is
known here: only references, the platform's and the gateway's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mizan.application.ports_reconciliation import ReportInput
from mizan.domain.calendar import BAHRAIN, business_date
from mizan.domain.money import CURRENCY_EXPONENTS
from mizan.domain.reconciliation.entries import Difference, GatewayLine, Match
from mizan.domain.reconciliation.reasons import EXPLANATIONS, Reason
from mizan.domain.reconciliation.runs import AccountResult, SourceFile, open_faults

Cell = str | int | Decimal | None
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    heading: str
    heading_ar: str
    width: int = 16

    @property
    def both(self) -> str:
        return f"{self.heading} / {self.heading_ar}"


_REFERENCES = (
    Column("reference", "Payment reference", "مرجع الدفع", 21),
    Column("payment_id", "Payment id", "رقم محاولة الدفع", 31),
    Column("track_id", "Track id", "رقم التتبع", 27),
    Column("gateway_transaction", "Gateway transaction", "رقم العملية لدى البوابة", 20),
    Column("rrn", "RRN", "الرقم المرجعي للاسترجاع"),
)
_WHERE = (
    Column("agency", "Agency", "الجهة", 12),
    Column("service", "Service", "الخدمة", 22),
    Column("gateway", "Gateway", "البوابة", 10),
    Column("account_id", "Merchant account", "حساب التاجر", 18),
)
_TRACE = (
    Column("captured_at", "Captured at (Asia/Bahrain)", "وقت التحصيل (بتوقيت البحرين)", 27),
    Column("file_lines", "Lines of the file", "سطور الملف", 12),
    Column("correlation_id", "Correlation id", "معرّف الترابط", 24),
)


def _money(name: str, heading: str, heading_ar: str) -> tuple[Column, Column]:
    return (
        Column(name, f"{heading} (fils)", f"{heading_ar} (فلس)", 14),
        Column(f"{name}_decimal", f"{heading} (BHD)", f"{heading_ar} (دينار)", 14),
    )


EXCEPTION_COLUMNS = (
    Column("exception_id", "Exception", "الاستثناء", 21),
    Column("reason", "Reason", "السبب", 24),
    Column("reason_group", "Group", "المجموعة", 10),
    Column("text", "Meaning", "المعنى بالإنجليزية", 48),
    Column("text_ar", "Meaning in Arabic", "المعنى", 48),
    *_WHERE,
    *_REFERENCES,
    *_money("platform_amount", "Platform", "المنصة"),
    *_money("gateway_amount", "Gateway", "البوابة"),
    *_money("difference", "Difference", "الفرق"),
    Column("currency", "Currency", "العملة", 9),
    Column("platform_state", "State in the platform", "الحالة في المنصة", 12),
    *_TRACE,
    Column("file", "Refused file", "الملف المرفوض", 24),
    Column("first_seen", "First seen (Asia/Bahrain)", "أول ظهور (بتوقيت البحرين)", 27),
    Column("age_days", "Age (days)", "العمر (أيام)", 9),
    Column("next_action", "Next action", "الإجراء التالي بالإنجليزية", 48),
    Column("next_action_ar", "Next action in Arabic", "الإجراء التالي", 48),
)

MATCHED_COLUMNS = (
    Column("kind", "Kind", "النوع", 10),
    *_WHERE,
    *_REFERENCES,
    *_money("amount", "Amount", "المبلغ"),
    *_money("fee", "Fee", "الرسم"),
    Column("currency", "Currency", "العملة", 9),
    *_TRACE,
)


def exception_rows(report: ReportInput) -> Iterator[Row]:
    """Files first, then by account, in the order in which the rules found them."""
    yield from (_file_row(report, source) for source in open_faults(report.sources))
    for account in report.accounts:
        for difference in account.differences:
            yield _exception_row(report, account, difference)


def matched_rows(report: ReportInput) -> Iterator[Row]:
    for account, match in report.matches():
        yield _matched_row(account, match)


def decimal_of(amount: int | None, currency: str) -> Decimal | None:
    """Exact: a shift of digits."""
    return None if amount is None else Decimal(amount).scaleb(-CURRENCY_EXPONENTS.get(currency, 0))


def local(instant: datetime) -> str:
    return instant.astimezone(BAHRAIN).isoformat(timespec="seconds")


def _exception_row(report: ReportInput, account: AccountResult, difference: Difference) -> Row:
    explanation = EXPLANATIONS[difference.reason]
    first_seen = report.first_seen.get(difference.exception_id, report.created_at)
    currency = _currency(difference)
    row: Row = {
        "exception_id": difference.exception_id,
        "reason": str(difference.reason),
        "reason_group": str(explanation.group),
        "text": explanation.text,
        "text_ar": explanation.text_ar,
        **_where(account, difference),
        **_references(difference, difference.lines),
        "currency": currency,
        "platform_state": _state(difference),
        "first_seen": local(first_seen),
        "age_days": (business_date(report.created_at) - business_date(first_seen)).days,
        "next_action": explanation.next_action,
        "next_action_ar": explanation.next_action_ar,
    }
    for name in ("platform_amount", "gateway_amount", "difference"):
        amount = getattr(difference, name)
        row |= {name: amount, f"{name}_decimal": decimal_of(amount, currency)}
    return row


def _file_row(report: ReportInput, source: SourceFile) -> Row:
    """A file that is an exception itself: it accounts for no rows, its lines were never taken."""
    reason = source.reason or Reason.FILE_REFUSED
    explanation = EXPLANATIONS[reason]
    exception_id = f"exc_{source.sha256[:16]}"
    first_seen = report.first_seen.get(exception_id, report.created_at)
    agencies = {(account.gateway, account.account_id): account.agency for account in report.accounts}
    return {
        "exception_id": exception_id,
        "reason": str(reason),
        "reason_group": str(explanation.group),
        "text": explanation.text,
        "text_ar": explanation.text_ar,
        "agency": agencies.get((source.gateway, source.account_id)),
        "gateway": source.gateway,
        "account_id": source.account_id,
        "file": source.name,
        "first_seen": local(first_seen),
        "age_days": (business_date(report.created_at) - business_date(first_seen)).days,
        "next_action": explanation.next_action,
        "next_action_ar": explanation.next_action_ar,
    }


def _matched_row(account: AccountResult, match: Match) -> Row:
    amount = match.entry.amount if match.entry else sum(line.signed_amount for line in match.lines)
    fee = sum(line.fee for line in match.lines)
    currency = match.lines[0].currency
    return {
        "kind": _kind(match),
        **_where(account, match),
        **_references(match, match.lines),
        "amount": amount,
        "amount_decimal": decimal_of(amount, currency),
        "fee": fee,
        "fee_decimal": decimal_of(fee, currency),
        "currency": currency,
    }


def _kind(match: Match) -> str:
    """capture; refund, void, reversal or chargeback where the journal has it; voided where no entry need have it."""
    if match.entry is None:
        return "voided"
    return str(match.lines[0].action).lower() if match.entry.went_back else "capture"


def _where(account: AccountResult, item: Match | Difference) -> Row:
    mine = item.entry or getattr(item, "known", None)
    return {
        "agency": mine.agency if mine else account.agency,
        "service": mine.service if mine else None,
        "gateway": account.gateway,
        "account_id": account.account_id,
    }


def _references(item: Match | Difference, lines: tuple[GatewayLine, ...]) -> Row:
    """The platform's own where it has them, the gateway's from the line: where they differ, that is the point."""
    entry, known, line = item.entry, getattr(item, "known", None), lines[0] if lines else None
    mine = entry or known
    captured_at = entry.captured_at if entry else line.captured_at if line else None
    return {
        "reference": mine.reference if mine else None,
        "payment_id": mine.payment_id if mine else None,
        "track_id": line.track_id if line else entry.track_id if entry else None,
        "gateway_transaction": line.tran_id if line else entry.gateway_transaction if entry else None,
        "rrn": line.rrn if line else entry.rrn if entry else None,
        "captured_at": local(captured_at) if captured_at else None,
        "file_lines": " ".join(str(found.line) for found in lines) or None,
        "correlation_id": mine.correlation_id if mine else None,
    }


def _currency(difference: Difference) -> str:
    if difference.lines:
        return difference.lines[0].currency
    return difference.entry.currency if difference.entry else ""


def _state(difference: Difference) -> str | None:
    if difference.entry is not None:
        return "given_back" if difference.entry.went_back else "succeeded"
    return difference.known.state if difference.known else None
