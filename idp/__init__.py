"""The application: its floor, its journey, its faces, its roofs. See docs/architecture.md."""
