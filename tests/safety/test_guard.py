"""The guard from outside: what it lets through, what it says instead, and what it does when a check fails."""
