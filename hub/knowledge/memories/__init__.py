"""What toys remember of children: proposing lines, keeping them, and finding those that fit."""
