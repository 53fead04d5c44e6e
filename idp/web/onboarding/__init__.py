"""The public pages by which a school comes to us (R9 to R16): what it takes, the two forms, the applicant's own page with the letter.

No rules: those are in `directory.onboarding`. Nobody here is signed in; what proves something is the link in a mail, and it stands in no address
for longer than one redirect (`idp.web.mailed_frame`). A process loads these pages when somebody first asks for one.
"""
