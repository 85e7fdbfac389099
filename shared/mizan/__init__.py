"""Mizan: the backend of a national payments platform."""
