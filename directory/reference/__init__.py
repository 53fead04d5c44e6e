"""Reference schools: a school that does not exist for each party under test, with people of whom nobody exists either.

Its BRIN begins with 97, which DUO gives to nobody, and everybody in it is called *Referentie*. No file, coupling or school year ever touches it, it
has no network, no device and no password: the one way in is a contact of its own party (`idp.signin`).

`people` reads them, `changing` changes them, `opening` opens and closes the school.
"""
