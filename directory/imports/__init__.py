"""How a school's administration comes in: read, plan, apply.

    bytes --edexml--> Administration --plan--> Plan --apply--> the school's groups, enrolments, employments
                                        ^
                        load_snapshot --'

* `records` is all that may enter; `edexml_elements` is the allow-list that keeps the rest out; `edexml_records` holds the file's own rules;
  `streaming` turns bytes into calls, `edexml` is the reader of files, `uwlr` fetches the same from a web service;
  `refusals` says in both languages why not.
* `files` knows a file by its bytes. `tables` is what schools without such a system fill in, with `tables_csv`, `tables_xlsx` out of a
  `workbook`, `tables_template` to write it and `tables_people` to write the present one. `locations` parts one administration among accounts.
* `snapshot` is what the school has; `plan` compares the two with `pupil_steps` and `staff_steps`, out of `steps`. All of it is pure.
  `same` takes those out of both sides beforehand of whom it is plain what happens: most of a school, every night. `pressed` is how a region's
  rows are held.
* `load` fetches the one; `apply` with `apply_pupils` and `apply_staff` carries out the other, all in the caller's transaction.
* `runs` is how data come in: planned, carried out under the `brake`, held, waiting for their year; `history` is their rows, `preview` what
  they would do now, `kept` how they are sealed. `inverse` is the way back and `undo` goes it.
* `describe` tells a coordinator of a plan, `nameless` everybody else, with `notable`, `tally` and `words`; `past` tells what an import did.

Serves EDEXML 1.0.3, 2.0 and 2.1. Does not own who may import, how a page looks, nor what follows an import (`idp.credentials.newcomers`).
Nothing here keeps a file: what was not on the allow-list has never been in an object of ours (D39).
"""
