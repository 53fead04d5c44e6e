"""With whom we talk: parties, their OIDC clients and SAML entities, and our own signing keys.

Does not own what a school allows a party (`consent`).
"""
