"""Kiosks and cash agents through the biller port: signed JSON, a wire of this platform's own (no operator's is
public).
"""
