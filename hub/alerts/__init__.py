"""Brings alerts to the grown-ups of the household: who is told, when, through what, and how often it is tried."""
