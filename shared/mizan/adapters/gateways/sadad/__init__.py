"""SADAD Bahrain's online form: a bill that the payer settles in cash at a kiosk, or on the operator's page."""
