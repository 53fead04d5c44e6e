"""The numbered expectations of standards and certification plans, one file to a group. Every test cites its number (C-...)."""
