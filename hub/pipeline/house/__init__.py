"""Asking the house: what a child may have Home Assistant do, as a parent allowed it."""
