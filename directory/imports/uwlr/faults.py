"""What can go wrong between us and an administration system: a stable code, what follows from it, and a sentence for the coordinator.

The sentences hold nothing that the other side said: its own words may carry a key or a name.
"""

from dataclasses import dataclass
from typing import Final, Literal

from directory.imports.refusals import REFUSALS, ImportRefused, Language

Follows = Literal["later", "key", "look"]
"""`later`: it passes by itself, try again soon. `key`: the key is not theirs, it goes and the coupling stops (R25). `look`: somebody must look."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of failure. Texts say what is wrong and who can do what."""

    follows: Follows
    nl: str
    en: str


FAULTS: Final[dict[str, Fault]] = {
    # What UWLR itself names, in the order in which a system checks.
    "las_bad_request": Fault(
        "look",
        "Het LAS begrijpt ons verzoek niet. Controleer of BRIN en vestiging in het LAS dezelfde zijn als hier; lukt het dan niet, bel de helpdesk.",
        "The administration system does not understand our request. Check that BRIN and location are the same there as here; else call the helpdesk.",
    ),
    "las_unknown_customer": Fault(
        "look",
        "Het LAS herkent ons niet als afnemer. Dat is niet iets van uw school: de helpdesk lost het met de leverancier op.",
        "The administration system does not know us as a customer. This is not your school's doing: the helpdesk settles it with the supplier.",
    ),
    "las_key_refused": Fault(
        "key",
        "Het LAS weigert de sleutel van uw school; wij hebben hem verwijderd. Maak daar een nieuwe voor precies deze BRIN en vul hem hier in.",
        "The administration system refuses your school's key. We removed it. Make a new one there for exactly this BRIN and enter it here.",
    ),
    "las_vocabulary": Fault(
        "look",
        "Het LAS kent een term in ons verzoek niet. De helpdesk lost het met de leverancier op.",
        "The administration system does not know a term in our request. The helpdesk settles it with the supplier.",
    ),
    "las_version": Fault(
        "look",
        "Het LAS ondersteunt UWLR 2.2 niet. Importeer voorlopig een EDEXML-bestand; de helpdesk overlegt met de leverancier.",
        "The administration system does not support UWLR 2.2. Import an EDEXML file for now; the helpdesk talks to the supplier.",
    ),
    "las_pupil": Fault(
        "look",
        "Het LAS meldt dat een leerling er niet goed in staat. Controleer de leerlingen in het LAS; hier is niets gewijzigd.",
        "The administration system says that a pupil is not entered rightly. Check the pupils there; nothing was changed here.",
    ),
    "las_results": Fault(
        "look",
        "Het LAS antwoordt over toetsresultaten; die vragen wij niet. Waarschijnlijk klopt het adres van de koppeling niet: bel de helpdesk.",
        "The administration system answers about test results, which we never ask. The coupling's address is probably wrong: call the helpdesk.",
    ),
    "las_unavailable": Fault(
        "later",
        "Het LAS is tijdelijk niet beschikbaar. Probeer het later; staat de koppeling op automatisch, dan doen wij dat vannacht vanzelf.",
        "The administration system is unavailable for a while. Try later; where the coupling is on automatic, we do so by ourselves tonight.",
    ),
    "las_internal": Fault(
        "later",
        "In het LAS ging iets mis. Probeer het later; een automatische koppeling doet dat vanzelf. Blijft het zo, meld het dan bij het LAS.",
        "Something went wrong in the administration system. Try later; an automatic coupling does so by itself. If it stays, tell its supplier.",
    ),
    # SOAP 1.1, 4.4.1: other codes below `Client` and `Server`.
    "las_client_fault": Fault(
        "look",
        "Het LAS weigert ons verzoek om een reden die UWLR niet kent. Bel de helpdesk.",
        "The administration system refuses our request for a reason that UWLR does not know. Call the helpdesk.",
    ),
    "las_server_fault": Fault(
        "later",
        "Het LAS kon ons verzoek niet uitvoeren. Wij proberen het vanzelf opnieuw.",
        "The administration system could not carry out our request. We try again by ourselves.",
    ),
    # The way there and back.
    "unreachable": Fault(
        "later",
        "Het LAS is niet bereikbaar. Wij proberen het vanzelf opnieuw.",
        "The administration system cannot be reached. We try again by ourselves.",
    ),
    "untrusted": Fault(
        "look",
        "De beveiligde verbinding met het LAS klopt niet (certificaat). Er is niets verstuurd; de helpdesk zoekt het uit.",
        "The secure connection with the administration system is not right (certificate). Nothing was sent; the helpdesk looks into it.",
    ),
    "forbidden": Fault(
        "look",
        "Het LAS laat ons niet binnen (certificaat of adres). De helpdesk lost het met de leverancier op.",
        "The administration system does not let us in (certificate or address). The helpdesk settles it with the supplier.",
    ),
    "http_error": Fault(
        "look",
        "Op het adres van het LAS antwoordt niet de dienst die wij zoeken. De helpdesk controleert het adres.",
        "The service that we look for does not answer at the system's address. The helpdesk checks the address.",
    ),
    "redirected": Fault(
        "look",
        "Het LAS verwijst ons door naar een ander adres. Dat volgen wij niet; de helpdesk controleert het adres.",
        "The administration system sends us on to another address. We do not follow; the helpdesk checks the address.",
    ),
    "not_uwlr": Fault(
        "look",
        "Het LAS stuurde iets anders dan een UWLR-antwoord, bijvoorbeeld een webpagina. Er is niets gewijzigd; de helpdesk controleert het adres.",
        "The administration system sent something else than a UWLR answer, such as a web page. Nothing was changed; the helpdesk checks the address.",
    ),
    "too_slow": Fault(
        "later",
        "Het LAS antwoordt te langzaam. Wij proberen het vanzelf opnieuw.",
        "The administration system answers too slowly. We try again by ourselves.",
    ),
    "cut_off": Fault(
        "later",
        "Het antwoord van het LAS hield te vroeg op. Er is niets gewijzigd; wij proberen het vanzelf opnieuw.",
        "The administration system's answer ended too early. Nothing was changed; we try again by ourselves.",
    ),
    # What was answered is not what was asked.
    "other_school_answered": Fault(
        "look",
        "Het LAS stuurde gegevens van een andere school of vestiging. Er is niets gewijzigd. Controleer BRIN en vestiging bij de sleutel in het LAS.",
        "The administration system sent data of another school or location. Nothing was changed. Check BRIN and location at the key there.",
    ),
    "other_year_answered": Fault(
        "look",
        "Het LAS stuurde gegevens van een ander schooljaar. Er is niets gewijzigd. Controleer welk schooljaar in het LAS actief is.",
        "The administration system sent data of another school year. Nothing was changed. Check which school year is current there.",
    ),
    # What we lack before we can ask.
    "key_missing": Fault(
        "look",
        "Er is nog geen autorisatiesleutel ingevuld. Maak hem in het LAS en vul hem hier in.",
        "No key was entered yet. Make one in the administration system and enter it here.",
    ),
    "turned_off": Fault(
        "look",
        "De koppeling staat uit. Zet haar op automatisch of handmatig om gegevens op te halen.",
        "The coupling is turned off. Set it to automatic or manual to fetch data.",
    ),
    "not_agreed": Fault(
        "look",
        "Uw school heeft nog geen toestemming gegeven voor de koppeling. Geef die eerst.",
        "Your school has not agreed to the coupling yet. Do so first.",
    ),
    "busy": Fault(
        "later",
        "Er worden op dit moment al gegevens van uw school opgehaald. Kijk over een paar minuten bij de imports.",
        "Your school's data are being fetched at this moment. Look at the imports in a few minutes.",
    ),
    "no_data": Fault(
        "look",
        "Het LAS heeft voor uw school nog geen gegevens van dit schooljaar klaarstaan. Er is niemand gewijzigd.",
        "The administration system has no data of this school year for your school yet. Nobody was changed.",
    ),
    "our_mistake": Fault(
        "later",
        "Bij ons ging iets mis bij het verwerken; er is niets gewijzigd. Wij proberen het vanzelf opnieuw en kijken ernaar.",
        "Something went wrong with us while processing; nothing was changed. We try again by ourselves and look into it.",
    ),
    "key_unreadable": Fault(
        "look",
        "De bewaarde sleutel is hier niet meer te openen. Vul hem opnieuw in, of bel de helpdesk.",
        "The key that is kept here cannot be opened any more. Enter it again, or call the helpdesk.",
    ),
    "not_set_up": Fault(
        "look",
        "Dit LAS kan nog niet automatisch gelezen worden. Importeer een EDEXML-bestand of bel de helpdesk.",
        "This administration system cannot be read automatically yet. Import an EDEXML file or call the helpdesk.",
    ),
}

BY_UWLR: Final = {
    "Client.OngeldigBericht": "las_bad_request",
    "Client.OngeldigeKlantIdentificatie": "las_unknown_customer",
    "Client.AutorisatieOngeldig": "las_key_refused",
    "Client.VocabulaireTermOngeldig": "las_vocabulary",
    "Client.XsdVersieOngeldig": "las_version",
    "Client.LeerlingOngeldig": "las_pupil",
    "Client.ToetsNormeringOngeldig": "las_results",
    "Client.ScoreOngeldig": "las_results",
    "Client.EldResultaatOngeldig": "las_results",
    "Server.TijdelijkNietBeschikbaar": "las_unavailable",
    "Server.InterneFout": "las_internal",
}
"""The standard's own fault codes, and ours for them."""


class Refused(Exception):
    """The administration system gave nothing usable; nothing was changed. `code` is a key of `FAULTS` or of `refusals.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def follows(self) -> Follows:
        """What is to be done about it. Content that cannot be used is something to look at."""
        fault = FAULTS.get(self.code)
        return fault.follows if fault else "look"

    def text(self, language: Language) -> str:
        """The sentence for the coordinator."""
        return sentence(self.code, language)


def sentence(code: str, language: Language) -> str:
    """What a code says to the coordinator, whether the exchange failed or what came by it cannot be used."""
    if fault := FAULTS.get(code):
        return fault.nl if language == "nl" else fault.en
    about = REFUSALS[code][0 if language == "nl" else 1]
    began = "Wat het LAS stuurde, is niet te gebruiken." if language == "nl" else "What the system sent cannot be used."
    return f"{began} {about}"


def of_soap(code: str, said: str) -> Refused:
    """The refusal in a SOAP fault: its code, or for systems that keep that general, exactly a code as its text."""
    # SOAP 1.1, 4.4.1: a qualified name; the prefix is the writer's own, and dots lead from the general to the particular.
    local = code.rpartition(":")[2].strip()
    for name in (local, said.rpartition(":")[2].strip()):
        if name in BY_UWLR:
            return Refused(BY_UWLR[name])
    return Refused("las_server_fault" if local.partition(".")[0] == "Server" else "las_client_fault")


_OF_CONTENT: Final = {"truncated": "cut_off", "empty": "cut_off", "not_xml": "not_uwlr"}


def of_content(error: ImportRefused) -> Refused:
    """The refusal of what was answered, without line and element: nobody has the answer at hand to look them up."""
    return Refused(_OF_CONTENT.get(error.code, error.code))
