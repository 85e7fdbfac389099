"""KNET: Kuwait's debit cards, of the tranportal family.

Wire facts and golden vector: rails 1; names of answer fields and the page's address: the vendor's sample [weak].
"""
