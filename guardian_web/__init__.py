"""The parents' pages: what the toys said and heard, live, and who may talk to the hub."""
