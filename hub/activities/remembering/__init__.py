"""What a child asks of its toy's memory."""
