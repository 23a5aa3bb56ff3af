"""What lulls: sounds and lullabies, a calm story that fades out, breathing together."""
