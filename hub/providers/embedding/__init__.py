"""Models that say in numbers what texts mean."""
