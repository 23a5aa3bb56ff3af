"""The report card of a language model: authored talks through the family's own set-up, and what broke which rule."""
