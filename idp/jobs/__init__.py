"""Background work: what is done between requests. `loop` is the one timetable; what each job does lives with its subject, below.

On the embedded default the loop runs inside the serving process (`idp.main` starts and cancels it): there is one process and nobody needs to
start a second one. On a database server it is a process of its own, `idp worker` (`idp.worker`), because there are several serving processes and a
mail must not wait for a request. Two loops at once do no harm: whoever has a row has locked it.

Does not own mails (`idp.core.mail`), and never answers anybody.
"""
