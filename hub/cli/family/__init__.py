"""The commands about children, their limits, and what was said."""
