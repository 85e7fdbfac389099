"""EazyPay: a Bahraini aggregator's hosted checkout (JSON, HMAC-SHA256 over joined fields).

The webhook's signature: rails 3 [R]. Creating and asking: integrations found in public, one text each [weak].
"""
