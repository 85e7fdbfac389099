"""Tap: a Gulf aggregator's charges (JSON, a bearer key, a `hashstring` beside each webhook).

The hashstring: rails 3 [R]. Charges: Tap's public reference; what it leaves open is configuration.
"""
