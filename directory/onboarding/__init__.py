"""How a school comes to us (R9 to R16): the first request, signed by its board, checked by two operators, and what follows from it.

`answers` reads the form, `letters` the signed letter, `asking` is the applicant's side, `compared` lays form, register and our accounts side by
side, `steps` says who may do what, `deciding` does it. At the second yes the school, and its board where it is missing, comes into being by
`directory.schools`, and its first coordinator is invited by `directory.lifecycle.memberships`. Control enters from the public pages, from the
operators' pages and from the command line. Does not own agreements (D8) nor what a coordinator does afterwards.
"""
