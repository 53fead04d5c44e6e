"""How a school's administration comes in: read, plan, apply.

    bytes --edexml--> Administration --plan--> Plan --apply--> the school's groups, enrolments, employments
                                        ^
                        load_snapshot --'

* `records` is all that may enter; `edexml_elements` is the allow-list that keeps the rest out; `edexml_records` holds the file's own rules;
  `streaming` turns bytes into calls, `edexml` is the reader of files, `uwlr` fetches the same from a web service;
  `refusals` says in both languages why not.
* `snapshot` is what the school has; `plan` compares the two with `pupil_steps` and `staff_steps`, out of `steps`. All of it is pure.
* `load` fetches the one; `apply` with `apply_pupils` and `apply_staff` carries out the other, all in the caller's transaction.

Serves EDEXML 1.0.3, 2.0 and 2.1. Does not own who may import, nor what a school sees of a plan, nor mails to new staff.
Nothing here keeps a file: what was not on the allow-list has never been in an object of ours (D39).
"""
