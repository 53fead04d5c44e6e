"""First factors: passwords, PINs, pictures, sign-in cards. Tables and rules; it has never heard of HTTP.

Owns what a person knows, or carries as a card. Does not own second factors (`mfa`), nor who a person is (`directory`).
"""
