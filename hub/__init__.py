"""The home hub: runs turns between a child's toy and its companion, and keeps parents informed."""
