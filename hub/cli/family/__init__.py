"""The commands about children and their limits."""
