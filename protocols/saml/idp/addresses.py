"""Where our identity provider is asked; each path is part of its metadata, but for the frame."""

from typing import Final

SSO: Final = "/saml/sso"
METADATA: Final = "/saml/metadata"
SLO: Final = "/saml/slo"
SLO_SOAP: Final = "/saml/slo/soap"
FRAME: Final = "/saml/slo/frame"
ANSWER: Final = "/saml/slo/answer"
