"""What people read when something is wrong or unclear (R157 to R162).

Owns: announcements of outages and news, the questions with their answers (data in `questions/`), when the helpdesk is there, and a report of an
outage on its way to the helpdesk. Does not own: pages, mails in general, who may announce (the command line is the operator's).
Control enters from the pages of `idp.web` and from `idp notices`.
"""
