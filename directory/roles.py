"""The roles of people who work at a school (R78, D20). Roles of an administration system never grant rights; these are ours."""

from typing import Final

TEACHER: Final = "teacher"
ICT_COORDINATOR: Final = "ict-coordinator"
IB: Final = "ib"
RT: Final = "rt"
TRAINEE: Final = "trainee"
SUBSTITUTE: Final = "substitute"
SUPPORT: Final = "support"

ROLES: Final = (TEACHER, ICT_COORDINATOR, IB, RT, TRAINEE, SUBSTITUTE, SUPPORT)

BOARD_ICT_COORDINATOR: Final = "board-ict-coordinator"
BOARD_DIRECTOR: Final = "board-director"

BOARD_ROLES: Final = (BOARD_ICT_COORDINATOR, BOARD_DIRECTOR)
"""Roles on a board (D20): of people who need not work at any of its schools. No school gives one, nor does a file or a network provider."""

MANAGING: Final = frozenset({ICT_COORDINATOR})
"""Roles that see every pupil of a school and change what leaves it: always with a second factor (D7)."""
