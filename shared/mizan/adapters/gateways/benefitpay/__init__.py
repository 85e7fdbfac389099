"""BenefitPay: Bahrain's wallet, in the payer's app or by QR."""
