"""A child sets a timer, or is reminded of something."""
