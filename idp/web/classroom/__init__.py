"""The teacher's rooms: the groups somebody may see, and what a group's children sign in with.

Owns what teachers see and press, under `/classroom/<school>/<group>`; `guards` lets them in. Owns no rules: who sees which group is
`directory.classroom`, what a secret is and how it is renewed `idp.credentials`. A group of somebody else's meets the same refusal as a group that
does not exist (C-324). A secret is on a page only after it was asked for, never in an address, and every view is in the ledger (D28).
"""
