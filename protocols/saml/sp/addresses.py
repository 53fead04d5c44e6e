"""Where we are to be found as a service provider. Each is an address of the base URL; the entityID is that of the metadata."""

from typing import Final

ENTITY: Final = "/network/saml/metadata"
ACS: Final = "/network/saml/acs"
SLO: Final = "/network/saml/slo"
SLO_SOAP: Final = "/network/saml/slo/soap"
ANSWER: Final = "/network/saml/slo/answer"
