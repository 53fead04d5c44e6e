"""The pages of a board: all its schools at a glance, agreements and ticks of all of them, one yes for several, and who else acts for the board."""
