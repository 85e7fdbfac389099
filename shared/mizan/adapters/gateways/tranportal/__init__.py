"""The tranportal family (BENEFIT, KNET): one gateway software under two names.

What both really say alike: result words, issuers' codes and errors, `REDIRECT=` acknowledgements, the clear fields of a
delivery, days without a year (rails 1).
"""
