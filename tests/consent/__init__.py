"""What may leave: decided, recorded and withdrawn on a real database."""
