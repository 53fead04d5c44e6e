"""`make bench`: what the product costs from outside, over HTTP on this machine, in processor time of all its processes.

The server runs on core 0, with its database and store; the client is this process, on core 1. `product` starts and
seeds our side, `peers` the others, `load` drives and counts, `oidc`, `saml` and `journeys` say what one operation is,
`yardstick` measures the machine itself, `report` writes it down. Nothing here is imported by the product.
"""
