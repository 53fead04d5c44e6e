"""The demonstration: a school that does not exist, publishers to sign in to, and the mails that were sent. `run` serves it all in one process.

* `generator` (with `name_lists`) writes a school's file; `schools` takes it in; `seed` adds secrets, staff, `publishers` and ticks, all through
  the product's own functions; `notes` is what only the seeding knew and a person needs: the secrets in the clear.
* `guide` is what the front door shows about it, and `terminal` the same in short.
* `publisher_oidc` (Authlib) and `publisher_saml` (pysaml2, with `saml_backend`) are parties as others would build them: they meet the product
  over the wire only, on another site (D25). `received` tells what reached them. `mailbox` is a mail server with a page.
* `sites` says who is where; `together`, with `sockets` and `serving`, runs them all. `pages`, `visits`, `templates/`, `static/` are what they share.

Nothing here protects anything: it listens on this machine only, and the product refuses its secret outside demo mode.
"""
