"""`pommai-satellite doctor`: tries each part of a toy and says what to do about what doesn't work."""
