"""Three organisations with half a year of trade each, the same for the same seed and day."""
