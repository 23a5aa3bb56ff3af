"""Who lives here, as rows: children, what toys remember of them, visiting friends, and what was played."""
