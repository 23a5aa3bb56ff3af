"""Moving a toy from one household to another."""
