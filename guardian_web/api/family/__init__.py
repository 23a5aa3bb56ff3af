"""The calls about children and their limits."""
