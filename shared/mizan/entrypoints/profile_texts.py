"""What each kind of payer is called, in both languages."""

from mizan.domain.journeys import PayerProfile
from mizan.entrypoints.problem_texts import Text

PROFILES = {
    PayerProfile.DEBIT_CARD: Text("With a bank's card in Bahrain", "لديه بطاقة بنكية في البحرين"),
    PayerProfile.WALLET_ONLY: Text("With a wallet app only", "لديه تطبيق محفظة فقط"),
    PayerProfile.CASH_NO_SMARTPHONE: Text("With cash only, no smartphone", "لديه نقد فقط دون هاتف ذكي"),
    PayerProfile.BANK_ACCOUNT_ONLY: Text(
        "With a bank account only, no card, no smartphone", "لديه حساب بنكي فقط دون بطاقة أو هاتف ذكي"
    ),
    PayerProfile.ABROAD: Text("Abroad", "خارج البحرين"),
    PayerProfile.COMPANY: Text("A company", "شركة"),
}
