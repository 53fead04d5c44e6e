"""What may be shared: platform agreements, the school's tick per party, exclusions, and the one statement that decides and records a release (D8-D12)."""
