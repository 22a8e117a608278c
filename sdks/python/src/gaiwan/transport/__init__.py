"""Attested connections, and calls over them."""
