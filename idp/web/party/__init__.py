"""The test environment, for the contacts of a party: what to connect with, reference people, the last exchanges explained, the checklist.

A process loads these pages when a contact comes. Nothing here shows a school or a person who exists (D37); the rules are those of `idp.sandbox` and
`directory.reference`.
"""
