"""Where we are to be found as a service provider. Each is an address of the base URL; the entityID is that of the metadata."""

from typing import Final

ENTITY: Final = "/network/saml/metadata"
ACS: Final = "/network/saml/acs"
