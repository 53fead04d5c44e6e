"""Background work: what is done between requests. `loop` takes the turns, `timetable` says which job is due, and each job has a module.

On the embedded default the loop runs inside the serving process (`idp.main` starts and cancels it): there is one process and nobody needs to
start a second one. On a database server it is a process of its own, `idp worker` (`idp.worker`), because there are several serving processes and a
mail must not wait for a request. Two loops at once do no harm: whoever has a row has locked it.

Moves that concern several packages are composed here (D42): a school year's turn is an import's and a school's business, a deletion is one of
people, of imports and of mails. Does not own mails (`idp.core.mail`) nor the rules of its jobs, and never answers anybody.
"""
