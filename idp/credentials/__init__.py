"""First factors: passwords, PINs, pictures. Tables and rules; it has never heard of HTTP.

Owns what a person knows. Does not own second factors (`mfa`), nor who a person is (`directory`).
"""
