"""The pages of a board: who is there, all its schools at a glance, one yes for several, and roles given and taken (D20, D38)."""
