"""What a family gave its toys to know: reading it, cutting it into passages, and finding those that fit."""
