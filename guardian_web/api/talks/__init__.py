"""The calls about what was said."""
