"""The sandbox gateway's inside: pure modules, a stored state, and route handlers that know nothing of Chalice."""
