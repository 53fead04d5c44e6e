"""Signature wrapping, eight kinds (C-250 to C-257)."""

from lxml import etree

from tests.upstreams.forging import DS, SAML, SAMLP, Forge, attack, found_in, parts_of


@attack("C-250")
def xsw1_a_forged_response_around_the_signed_one(forge: Forge) -> bytes:
    _, signature, bare, forged = parts_of(forge, "response")
    signature.append(bare)
    forged.insert(1, signature)
    return etree.tostring(forged)


@attack("C-251")
def xsw2_a_forged_response_with_a_detached_signature(forge: Forge) -> bytes:
    _, signature, bare, forged = parts_of(forge, "response")
    forged.insert(1, bare)
    forged.insert(2, signature)
    return etree.tostring(forged)


@attack("C-252")
def xsw3_a_forged_assertion_before_the_signed_one(forge: Forge) -> bytes:
    root, _, _, forged = parts_of(forge, "assertion")
    root.insert(2, forged)
    return etree.tostring(root)


@attack("C-253")
def xsw4_the_signed_assertion_inside_the_forged_one(forge: Forge) -> bytes:
    root, _, _, forged = parts_of(forge, "assertion")
    honest = found_in(root, f"{SAML}Assertion")
    root.replace(honest, forged)
    forged.append(honest)
    return etree.tostring(root)


@attack("C-254")
def xsw5_a_changed_copy_with_the_signature_and_the_original_behind_it(forge: Forge) -> bytes:
    root, signature, bare, forged = parts_of(forge, "assertion")
    forged.set("ID", bare.get("ID", ""))
    forged.insert(1, signature)
    root.replace(found_in(root, f"{SAML}Assertion"), forged)
    root.append(bare)
    return etree.tostring(root)


@attack("C-255")
def xsw6_the_original_inside_the_signature(forge: Forge) -> bytes:
    root, signature, bare, forged = parts_of(forge, "assertion")
    signature.append(bare)
    forged.insert(1, signature)
    root.replace(found_in(root, f"{SAML}Assertion"), forged)
    return etree.tostring(root)


@attack("C-256")
def xsw7_a_forged_assertion_inside_extensions(forge: Forge) -> bytes:
    root, _, _, forged = parts_of(forge, "assertion")
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(forged)
    root.insert(1, extensions)
    return etree.tostring(root)


@attack("C-257")
def xsw8_the_original_inside_an_object_of_the_signature(forge: Forge) -> bytes:
    root, signature, bare, forged = parts_of(forge, "assertion")
    etree.SubElement(signature, f"{DS}Object").append(bare)
    forged.insert(1, signature)
    root.replace(found_in(root, f"{SAML}Assertion"), forged)
    return etree.tostring(root)
