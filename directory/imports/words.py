"""What the pages and commands say about a plan and a run, in both languages, by stable code."""

from typing import Final, Literal

Language = Literal["nl", "en"]

KINDS: Final[dict[str, tuple[str, str]]] = {
    "new": ("nieuw", "new"),
    "changed": ("gewijzigd", "changed"),
    "moved": ("naar een andere groep", "moved to another group"),
    "gone": ("vertrokken", "gone"),
    "unchanged": ("ongewijzigd", "unchanged"),
    "doubtful": ("twijfel", "in doubt"),
    "past": ("al eerder vertrokken", "left before"),
    "held": ("vertrek wacht op akkoord", "departure waits for a yes"),
}

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "name": ("naam", "name"),
    "key": ("sleutel in het LAS", "key in the administration"),
    "year_group": ("jaargroep", "year group"),
    "last_day": ("laatste dag", "last day"),
    "returned": ("is weer terug", "is back"),
    "eckid": ("ECK-iD gekregen", "received an ECK-iD"),
    "group": ("groep", "group"),
    "groups": ("groepen", "groups"),
    "subgroups": ("subgroepen", "subgroups"),
    "address": ("e-mailadres gekregen", "received an e-mail address"),
}

WARNINGS: Final[dict[str, tuple[str, str]]] = {
    "staff_without_group": (
        "{count} medewerkers zonder groep: geen account. Koppel hen in het LAS aan een groep, of voeg hen hier met de hand toe.",
        "{count} members of staff without a group: no account. Link them to a group in the administration, or add them here by hand.",
    ),
    "looks_like_substitute": (
        "{count} medewerkers uit het LAS lijken een invalaccount. Gebruik het invalaccount van de groep zelf: {groups}.",
        "{count} members of staff from the administration look like substitutes. Use the group's own substitute account: {groups}.",
    ),
    "eckids": (
        "Leerlingen met een ECK-iD: {some} van {count}. Wat te doen staat in de ECK-iD-checklist.",
        "Pupils with an ECK-iD: {some} of {count}. The ECK-iD checklist says what to do.",
    ),
    "departures_held": (
        "{count} leerlingen en medewerkers zouden vertrekken: ongewoon veel binnen zeven dagen. Zij vertrekken pas als u daar zelf ja op zegt.",
        "{count} pupils and members of staff would leave: unusually many within seven days. They leave only when you say yes to it.",
    ),
    "staff_without_address": (
        "{count} medewerkers zonder e-mailadres. Vul de adressen in bij Medewerkers; dan krijgen zij een activatielink.",
        "{count} members of staff without an e-mail address. Enter the addresses under Staff; they then get an activation link.",
    ),
    "returns_as_new": (
        "Wie na verwijdering terugkomt is voor uitgeverijen een nieuw persoon, tenzij het ECK-iD overeenkomt.",
        "Somebody who comes back after deletion is a new person to publishers, unless the ECK-iD matches.",
    ),
}

WARNINGS_ABOUT_ONE: Final[dict[str, tuple[str, str]]] = {
    "staff_without_group": (
        "1 medewerker zonder groep: geen account. Koppel deze in het LAS aan een groep, of voeg toe met de hand.",
        "1 member of staff without a group: no account. Link this person to a group in the administration, or add by hand.",
    ),
    "looks_like_substitute": (
        "1 medewerker uit het LAS lijkt een invalaccount. Gebruik het invalaccount van de groep zelf: {groups}.",
        "1 member of staff from the administration looks like a substitute. Use the group's own substitute account: {groups}.",
    ),
    "departures_held": (
        "1 leerling of medewerker zou vertrekken; met wie de laatste zeven dagen al vertrok is dat ongewoon veel. Dat wacht op uw akkoord.",
        "1 pupil or member of staff would leave; with those who left in the last seven days that is unusually many. That waits for your yes.",
    ),
    "staff_without_address": (
        "1 medewerker zonder e-mailadres. Vul het adres in bij Medewerkers; dan volgt een activatielink.",
        "1 member of staff without an e-mail address. Enter the address under Staff; an activation link follows.",
    ),
}
"""The same where the count is one."""

WARNINGS_OF_TABLE: Final[dict[str, tuple[str, str]]] = {
    "staff_without_group": (
        "Medewerkers zonder groep: {count}. Zij krijgen geen account. Vul in de tabel een groep in, of voeg hen hier met de hand toe.",
        "Members of staff without a group: {count}. They get no account. Fill in a group in the table, or add them here by hand.",
    ),
    "looks_like_substitute": (
        "Medewerkers in de tabel die een invalaccount lijken: {count}. Gebruik het invalaccount van de groep zelf: {groups}.",
        "Members of staff in the table who look like substitutes: {count}. Use the group's own substitute account: {groups}.",
    ),
}
"""The same to a school that fills in a table: it has no administration system to change anything in (R31)."""

KEY_OF_TABLE: Final = ("nummer in de tabel", "number in the table")
"""What `FIELDS` calls a key, to such a school."""

STATES: Final[dict[str, tuple[str, str]]] = {
    "planned": ("wacht op uw akkoord", "waits for your yes"),
    "held": ("verwerkt; vertrek wacht op akkoord", "applied; departures wait for a yes"),
    "waiting": ("wacht op 1 augustus", "waits for 1 August"),
    "applied": ("verwerkt", "applied"),
    "nothing": ("geen wijzigingen", "no changes"),
    "failed": ("mislukt", "failed"),
    "undone": ("teruggedraaid", "undone"),
    "replaced": ("vervangen door een nieuwere", "replaced by a newer one"),
    "discarded": ("niet doorgevoerd", "not carried out"),
}

REFUSED: Final[dict[str, tuple[str, str]]] = {
    "plan_changed": (
        "De wijzigingen zijn intussen anders dan getoond. Bekijk ze opnieuw.",
        "The changes are no longer those that were shown. Look at them again.",
    ),
    "not_waiting": ("Deze import wacht niet meer op akkoord.", "This import no longer waits for a yes."),
    "not_begun": (
        "Dit schooljaar is nog niet begonnen: de gegevens worden op 1 augustus verwerkt.",
        "This school year has not begun: the data are applied on 1 August.",
    ),
    "not_undoable": (
        "Deze import kan niet (meer) worden teruggedraaid: dat kan 14 dagen.",
        "This import cannot be undone (any more): that is possible for 14 days.",
    ),
    "newer_first": (
        "Na deze import is er nog een verwerkt. Draai eerst de nieuwste terug.",
        "Another import was applied after this one. Undo the newest first.",
    ),
}


class RunRefused(Exception):
    """What was asked of a run cannot be done; nothing was changed. `code` is a key of `REFUSED`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def text(self, language: Language) -> str:
        """The reason for people."""
        return REFUSED[self.code][0 if language == "nl" else 1]

    def __str__(self) -> str:
        return self.text("en")
