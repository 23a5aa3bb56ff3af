"""Recordings of children who stop to think: sentences, synthetic voices, and what our ears make of them."""
