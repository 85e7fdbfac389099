"""What comes with a capture beside its lines' money: fees, the VAT on them, and what cash rounds to coins. Pure."""

from mizan.domain.fees import Fee, FeeBearer
from mizan.domain.ledger import CASH_ROUNDING, FEE_VAT, TREASURY_FEES, Posting, agency_payable, fees_collected
from mizan.domain.payments import Payment, PaymentLine


def surcharge_postings(payment: Payment, clearing: str) -> list[Posting]:
    """Each fee from who bears it, its VAT apart, and the rounding. `payment` as captured.

    `clearing` is the account that holds its money.
    """
    postings = []
    for line, fee in payment.fees_taken:
        bearer = _account_of_bearer(line, fee, clearing)
        parts = ((fees_collected(payment.gateway), fee.amount), (FEE_VAT, fee.vat))
        postings += [Posting(bearer, account, amount) for account, amount in parts if amount]
    return [*postings, *_rounding(payment, clearing)]


def surcharges_back(payment: Payment, clearing: str) -> list[Posting]:
    """The same turned round: the rail took the whole capture back."""
    return [Posting(posting.credit, posting.debit, posting.amount) for posting in surcharge_postings(payment, clearing)]


def _rounding(payment: Payment, clearing: str) -> list[Posting]:
    """Of cash rounded up the account of roundings takes what is too much, of cash rounded down it pays the rest."""
    rounding = payment.rounding if payment.is_surcharged else 0
    if rounding > 0:
        return [Posting(clearing, CASH_ROUNDING, rounding)]
    return [Posting(CASH_ROUNDING, clearing, -rounding)] if rounding else []


def _account_of_bearer(line: PaymentLine, fee: Fee, clearing: str) -> str:
    return {
        FeeBearer.PAYER: clearing,
        FeeBearer.AGENCY: agency_payable(line.agency),
        FeeBearer.TREASURY: TREASURY_FEES,
    }[fee.bearer]
