"""Talks as plain values: turns and their traces, what is kept of them, their figures, and notes for a model."""
