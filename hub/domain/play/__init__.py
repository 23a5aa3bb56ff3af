"""How long, and when, children may play with their toys: plain values and rules, no clock and no database."""
