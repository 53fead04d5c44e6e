"""One file per attack, never deleted. What arrives here was made by somebody who wants in."""
