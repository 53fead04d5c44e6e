"""The floor: what every room stands on and no room decides.

Owns settings, the database, the short-lived store, clock, identifiers, cryptography, errors, the ledger, throttling, mail and logging.
It has never heard of schools, people, protocols or HTTP. Everything here takes its resources as arguments.
"""
