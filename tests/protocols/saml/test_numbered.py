"""Prefixes by number: in tags and nowhere else, and what was canonical stays so."""

from lxml import etree

from protocols.saml.numbered import numbered
from tests.protocols.saml.logging_out import NS

WRITTEN = (
    f'<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" Destination="https://sp.example/a>b?x=&quot; xmlns:saml=&quot;" ID="_1">'
    f'<saml:Issuer xmlns:saml="{NS["saml"]}">samlp: &lt;saml: xmlns:saml="x"</saml:Issuer>'
    f'<saml:NameID xmlns:saml="{NS["saml"]}" Format="urn:samlp:saml">/saml: saml</saml:NameID></samlp:LogoutRequest>'
)


def test_prefixes_become_numbers_and_nothing_else_changes() -> None:
    made = numbered(WRITTEN)
    assert etree.tostring(etree.fromstring(made), method="c14n", exclusive=True).decode() == made
    before, after = etree.fromstring(WRITTEN), etree.fromstring(made)
    assert [element.prefix for element in after.iter()] == ["ns0", "ns1", "ns1"]
    for one, other in zip(before.iter(), after.iter(), strict=True):
        assert (one.tag, one.text, one.items()) == (other.tag, other.text, other.items())
