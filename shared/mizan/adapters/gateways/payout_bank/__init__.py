"""A payout bank over a neutral wire: JSON, an API key, an HMAC over each request. No bank's own interface is public."""
