"""Mastercard's gateway (MPGS; CrediMax, AFS and others): credit cards on a hosted page. Facts: rails, section 2."""
