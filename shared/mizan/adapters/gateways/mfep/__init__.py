"""The MFEP family of bill presentment: eFAWATEERcom and its kin; the realistic stand-in for Fawateer (rails.md 4).

Nothing here was tried against a live switch. What is not public and stands here from memory, or follows from the rest:
the element that names a reversal (`Result/ErrorCode` 701 in a transaction of a notice), the shape of PMTACKRQ and of
BILRPREPADVALRQ, the address of the prepaid validation. The guide lists it as not verified.
"""
