"""BENEFIT Payment Gateway: Bahrain's debit cards. Wire facts and golden vectors: facts of the rails, section 1."""
