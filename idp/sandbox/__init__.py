"""The test environment of a party: what its software asked and was answered about reference people, explained clause by clause (D37).

Owns the table of kept exchanges, the sentences that explain them, and the checklist. A party under test has a reference school that ticked it
(`directory.reference`); its contacts (`directory.contacts`) play the people there (`idp.signin.reference`). Control enters by the protocols, which
hand over what happened after they answered (`protocols.watching`), by the pages of `idp.web.party` and by `idp sandbox`.

Not here: anything about a person who exists. What such a person's sign-in did is never kept, whoever asks; nor is any secret, code or token.
"""
