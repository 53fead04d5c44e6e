"""The platform's own people at their pages."""
