"""Responses that an attacker makes, as data: from an honest one for Noor, or from one that the provider truly signed about the attacker (C-250 to
C-278). Those about the signature stand beside this module; here are those about what a Response says.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tests.upstreams import attacks_on_signatures, provider, signature_wrapping
from tests.upstreams.forging import ATTACKS, Forge, Make, attack, changed


@attack("C-266")
def a_comment_in_the_name(forge: Forge) -> bytes:
    """The provider signed leerling-1.evil; a reader that stops at the comment reads leerling-1."""
    honest = forge.signed(name_id="leerling-1.evil")
    return honest.replace(b"leerling-1.evil", b"leerling-1<!---->.evil")


@attack("C-266")
def a_comment_in_an_attribute(forge: Forge) -> bytes:
    honest = forge.signed(attributes={provider.ECKID: ("https://ketenid.nl/pilot/ab",)})
    return honest.replace(b"pilot/ab", b"pilot/<!-- -->ab")


@attack("C-267")
def an_instruction_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"leerling<?x?>-1")


@attack("C-267")
def cdata_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"<![CDATA[leerling-1]]>")


@attack("C-267")
def an_entity_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"&leerling;")


@attack("C-267")
def an_element_in_the_name(forge: Forge) -> bytes:
    return forge.signed(name_id="leerling-1<x/>")


@attack("C-268")
def two_roots_for_two_parsers(forge: Forge) -> bytes:
    return forge.signed() + provider.answer(forge.told, signed="none")


@attack("C-268")
def another_encoding_declared(forge: Forge) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-7"?>' + forge.signed()


@attack("C-269")
def the_signature_under_another_prefix_redefined(forge: Forge) -> bytes:
    return forge.signed().replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:ds="urn:other">', 1)


@attack("C-269")
def a_relative_namespace(forge: Forge) -> bytes:
    """Nobody can sign it: it has no canonical form (CVE-2025-66568)."""
    return forge.signed().replace(b"</saml:Assertion>", b'<x xmlns="relative/uri"/></saml:Assertion>')


@attack("C-269")
def a_relative_namespace_around_what_is_signed(forge: Forge) -> bytes:
    """Found by fuzzing: the hidden assertion was read alone, and the document that carried it has no canonical form to others."""
    honest = provider.answer(forge.told, to=forge.certificate)
    return honest.replace(b"<saml:Issuer>", b'<saml:Issuer xmlns:x="../x">', 1)


@attack("C-270")
def an_encrypted_assertion_without_any_signature(forge: Forge) -> bytes:
    """CVE-2026-2092: everybody can encrypt to us."""
    return provider.answer(forge.told, signed="none", to=forge.certificate)


@attack("C-270")
def an_encrypted_forgery_before_a_signed_assertion(forge: Forge) -> bytes:
    forged = provider.encrypted(provider.assertion(forge.told.named()), forge.certificate)
    honest = provider.answer(forge.own).decode()
    return honest.replace("</samlp:Status>", f"</samlp:Status>{forged}").encode()


@attack("C-270")
def two_signed_assertions(forge: Forge) -> bytes:
    honest = provider.answer(forge.own).decode()
    second = provider.signed_assertion(forge.told.named())
    return honest.replace("</samlp:Response>", f"{second}</samlp:Response>").encode()


changed("C-271", "another_recipient", recipient="https://elders.example/acs")
changed("C-271", "no_recipient", recipient=None)
changed("C-271", "another_destination", destination="https://elders.example/acs")
changed("C-271", "another_audience", audience="https://elders.example/sp")
changed("C-271", "no_audience", audience=None)
changed("C-271", "the_response_of_another_issuer", issuer="https://ander.example/saml")
changed("C-271", "the_assertion_of_another_issuer", asserted_issuer="https://ander.example/saml")
changed("C-271", "no_issuer_of_the_assertion", asserted_issuer=None)
changed("C-272", "no_question_in_the_signed_part", answers=None, envelope_answers="KEEP")
changed("C-272", "another_question_in_the_signed_part", answers="_onbekend", envelope_answers="KEEP")
changed("C-272", "another_question_on_the_envelope_of_a_signed_one", envelope_answers="_onbekend")
changed("C-273", "conditions_not_begun", begins=timedelta(minutes=4))
changed("C-273", "conditions_over", ends=timedelta(minutes=-3))
changed("C-273", "confirmation_over", confirmed_until=timedelta(minutes=-3))
changed("C-273", "confirmation_without_an_end", confirmed_until=None)
changed("C-273", "confirmation_with_a_beginning", confirmed_from=timedelta(minutes=-1))
changed("C-273", "the_providers_session_over", session_until=timedelta(minutes=-3))
changed("C-273", "good_for_a_year", ends=timedelta(days=365), confirmed_until=timedelta(days=365))
changed("C-273", "proven_in_the_future", proven=timedelta(minutes=4))
changed("C-275", "a_no_with_an_assertion", status="urn:oasis:names:tc:SAML:2.0:status:Responder")
changed("C-271", "an_unknown_condition", conditions='<x:Only xmlns:x="urn:x" />')
changed("C-235", "not_to_be_handed_on", conditions='<saml:ProxyRestriction Count="0"/>')
changed(
    "C-271",
    "also_for_somebody_else_alone",
    conditions="<saml:AudienceRestriction><saml:Audience>https://ander.example</saml:Audience></saml:AudienceRestriction>",
)
changed("C-272", "a_sender_vouches", method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")
changed("C-219", "an_encrypted_name", subject_inside="<saml:EncryptedID/>")


@attack("C-271")
def a_signed_response_without_destination(forge: Forge) -> bytes:
    return provider.answer(replace(forge.told, destination=None), signed="response")


@attack("C-276")
def an_external_entity(forge: Forge) -> bytes:
    return b'<!DOCTYPE r [<!ENTITY leerling SYSTEM "file:///etc/passwd">]>' + forge.signed()


@attack("C-276")
def a_billion_laughs(forge: Forge) -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>'.encode() + forge.signed()


@attack("C-276")
def ten_thousand_elements_deep(forge: Forge) -> bytes:
    deep = "<a>" * 10_000 + "</a>" * 10_000
    return forge.signed().replace(b"</saml:Assertion>", f"{deep}</saml:Assertion>".encode())


@attack("C-276")
def a_hundred_thousand_attributes(forge: Forge) -> bytes:
    many = " ".join(f'a{n}="1"' for n in range(100_000))
    return provider.answer(forge.told, signed="none").replace(b"<samlp:Status>", f"<samlp:Status {many}>".encode())


@attack("C-278")
def a_scope_of_another_provider(forge: Forge) -> bytes:
    return forge.signed(attributes={"eduPersonPrincipalName": ("noor@andere.example",)})


BESIDE = (signature_wrapping, attacks_on_signatures)
"""Loading them enters what they hold in the list."""


def every() -> Iterator[tuple[str, Make]]:
    """Each attack under its number and name."""
    for number, name, make in ATTACKS:
        yield f"{number}: {name.replace('_', ' ')}", make
