"""Banks' files about an account: camt.053 and camt.054 (ISO 20022), MT940 (SWIFT), read into one neutral form."""
