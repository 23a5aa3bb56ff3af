"""Talks of two siblings, and what their toys remember of them."""
