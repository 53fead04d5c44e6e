"""Real application, real databases, real migrations; only the clock, mail and the outside world are ours."""
