"""OIDC clients in: RFC 7591 client metadata, validated and stored."""
