"""What hangs on a child."""
