"""Who and where: boards, schools, groups, people, enrolments, employments, network addresses, imports.

Owns every fact about people and places. Does not own secrets (`idp.credentials`, `mfa`), ticks (`consent`) or parties (`metadata`).
"""
