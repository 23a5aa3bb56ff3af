"""Who changed what, in words, for the page that shows it."""
