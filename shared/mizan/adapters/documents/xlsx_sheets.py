"""The workbook's own sheets: the control equation, the summary by agency and gateway, and fees."""

from collections.abc import Iterator

from mizan.adapters.documents.report_rows import Column, Row, decimal_of, local
from mizan.application.ports_reconciliation import ReportInput
from mizan.domain.reconciliation.control import Side, Totals
from mizan.domain.reconciliation.file_errors import FILE_ERRORS
from mizan.domain.reconciliation.runs import SourceFile

CURRENCY = "BHD"

CONTROL_COLUMNS = (
    Column("item", "Item", "البند", 40),
    Column("value", "Value", "القيمة", 44),
    Column("count", "Count", "العدد", 12),
    Column("amount", "Amount (fils)", "المبلغ (فلس)", 16),
    Column("amount_decimal", "Amount (BHD)", "المبلغ (دينار)", 16),
    Column("note", "Note", "ملاحظة", 80),
)

SUMMARY_COLUMNS = (
    Column("agency", "Agency", "الجهة", 12),
    Column("gateway", "Gateway", "البوابة", 12),
    Column("account_id", "Merchant account", "حساب التاجر", 20),
    Column("booked_count", "Booked here: count", "المقيّد لدينا: العدد", 12),
    Column("booked", "Booked here, net (fils)", "صافي المقيّد لدينا (فلس)"),
    Column("booked_decimal", "Booked here, net (BHD)", "صافي المقيّد لدينا (دينار)"),
    Column("settled_count", "Gateway purchases: count", "مشتريات البوابة: العدد", 12),
    Column("settled", "Gateway purchases (fils)", "مشتريات البوابة (فلس)"),
    Column("settled_decimal", "Gateway purchases (BHD)", "مشتريات البوابة (دينار)"),
    Column("voided", "Voided and reversed (fils)", "الملغى والمعكوس (فلس)"),
    Column("refunded", "Refunded (fils)", "المردود (فلس)"),
    Column("charged_back", "Charged back (fils)", "المسترد قسرًا (فلس)"),
    Column("fees", "Fees (fils)", "الرسوم (فلس)"),
    Column("net_due", "Net due from the gateway (fils)", "الصافي المستحق من البوابة (فلس)"),
    Column("net_due_decimal", "Net due from the gateway (BHD)", "الصافي المستحق من البوابة (دينار)"),
    Column("matched_count", "Matched: count", "المطابق: العدد", 12),
    Column("exception_count", "Exceptions: count", "الاستثناءات: العدد", 12),
    Column("difference", "Gateway less platform (fils)", "البوابة ناقص المنصة (فلس)"),
    Column("difference_decimal", "Gateway less platform (BHD)", "البوابة ناقص المنصة (دينار)"),
)

FEE_COLUMNS = (
    Column("agency", "Agency", "الجهة", 12),
    Column("gateway", "Gateway", "البوابة", 12),
    Column("account_id", "Merchant account", "حساب التاجر", 20),
    Column("settled_count", "Purchases: count", "المشتريات: العدد", 12),
    Column("settled", "Purchases (fils)", "المشتريات (فلس)"),
    Column("fees", "Fees (fils)", "الرسوم (فلس)"),
    Column("fees_decimal", "Fees (BHD)", "الرسوم (دينار)"),
)


def control_rows(report: ReportInput) -> Iterator[Row]:
    outcome = report.outcome
    yield {"item": "Control / الرقابة", "value": str(outcome.control)}
    yield {"item": "Status / الحالة", "value": str(outcome.status)}
    yield {"item": "Business date / يوم العمل", "value": f"{report.business_date} (Asia/Bahrain)"}
    yield {"item": "Run / التشغيل", "value": f"{report.number}", "note": "supersedes earlier runs / يحل محل ما قبله"}
    yield {"item": "Created at / وقت الإنشاء", "value": f"{local(report.created_at)} (Asia/Bahrain)"}
    yield {"item": "Scope / النطاق", "value": "all agencies / كل الجهات" if report.agency == "*" else report.agency}
    yield {"item": "Rules version / إصدار القواعد", "value": report.rules_version}
    yield {"item": "Journal SHA-256 / بصمة الدفتر", "value": report.journal_sha256}
    yield from _side_rows("Platform / المنصة", outcome.platform)
    yield from _side_rows("Gateway / البوابة", outcome.gateway_side)
    for source in report.sources:
        yield from _source_rows(source)


def summary_rows(report: ReportInput) -> Iterator[Row]:
    for account in report.accounts:
        movements, booked = account.movements, account.platform.input
        row: Row = {
            "agency": account.agency,
            "gateway": account.gateway,
            "account_id": account.account_id,
            "booked_count": booked.count,
            "booked": booked.amount,
            "settled_count": movements.purchases.count,
            "settled": movements.purchases.amount,
            "voided": movements.voids.amount + movements.reversals.amount,
            "refunded": movements.refunds.amount,
            "charged_back": movements.chargebacks.amount,
            "fees": movements.fees,
            "net_due": movements.net_due,
            "matched_count": account.platform.matched.count,
            "exception_count": len(account.differences),
            "difference": account.gateway_side.input.amount - booked.amount,
        }
        yield _with_decimals(row, "booked", "settled", "net_due", "difference")


def fee_rows(report: ReportInput) -> Iterator[Row]:
    for account in report.accounts:
        row: Row = {
            "agency": account.agency,
            "gateway": account.gateway,
            "account_id": account.account_id,
            "settled_count": account.movements.purchases.count,
            "settled": account.movements.purchases.amount,
            "fees": account.movements.fees,
        }
        yield _with_decimals(row, "fees")


def _side_rows(name: str, side: Side) -> Iterator[Row]:
    named = (
        ("input / المدخلات", side.input),
        ("matched / المطابق", side.matched),
        ("exceptions / الاستثناءات", side.exceptions),
    )
    for part, totals in named:
        yield _totals_row(f"{name}: {part}", totals)
    yield {
        "item": f"{name}: matched + exceptions = input",
        "value": "PASS" if side.is_tied else "FAIL",
    }


def _source_rows(source: SourceFile) -> Iterator[Row]:
    yield {
        "item": f"File / ملف: {source.name}",
        "value": str(source.status) + (f" {source.reason}" if source.reason else ""),
        "count": source.line_count,
        "amount": source.net,
        "amount_decimal": decimal_of(source.net, CURRENCY),
        "note": f"SHA-256 {source.sha256}; {source.gateway} {source.account_id}; {local(source.received_at)}",
    }
    for error in source.errors:
        text, text_ar = FILE_ERRORS[error.code]
        yield {"item": f"line / سطر {error.line}", "value": error.code, "note": f"{text} / {text_ar} {error.detail}"}


def _totals_row(item: str, totals: Totals) -> Row:
    return _with_decimals({"item": item, "count": totals.count, "amount": totals.amount}, "amount")


def _with_decimals(row: Row, *names: str) -> Row:
    decimals: Row = {}
    for name in names:
        amount = row[name]
        decimals[f"{name}_decimal"] = decimal_of(amount, CURRENCY) if isinstance(amount, int) else None
    return row | decimals
