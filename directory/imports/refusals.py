"""Why a file is refused, what was read around, what the school must settle: stable codes with a text in both languages.

No text holds anything from the file but the name of one of our own allow-listed elements, a line number, and, to whoever filled in a table,
the name of a group that is not there.
"""

from typing import Literal

Language = Literal["nl", "en"]

REFUSALS: dict[str, tuple[str, str]] = {
    "empty": ("Het bestand is leeg.", "The file is empty."),
    "not_xml": ("Dit is geen XML-bestand.", "This is not an XML file."),
    "not_well_formed": ("Het bestand is geen geldige XML.", "The file is not well-formed XML."),
    "truncated": ("Het bestand houdt te vroeg op: het is niet volledig.", "The file ends too early: it is incomplete."),
    "doctype": (
        "Het bestand bevat een DOCTYPE. Dat is niet toegestaan.",
        "The file contains a DOCTYPE, which is not allowed.",
    ),
    "encoding": (
        "De tekencodering van het bestand wordt niet ondersteund. Gebruik UTF-8.",
        "The character encoding of the file is not supported. Use UTF-8.",
    ),
    "bad_bytes": (
        "Het bestand bevat tekens die niet bij zijn tekencodering horen.",
        "The file contains bytes that do not belong to its character encoding.",
    ),
    "too_large": ("Het bestand is te groot.", "The file is too large."),
    "too_deep": ("Het bestand is te diep genest.", "The file is nested too deeply."),
    "too_many": (
        "Het bestand bevat te veel onderdelen van deze soort.",
        "The file contains too many items of this kind.",
    ),
    "too_long": ("Een waarde in het bestand is te lang.", "A value in the file is too long."),
    "not_edexml": (
        "Dit is geen EDEXML-bestand: het hoofdelement moet EDEX heten.",
        "This is not an EDEXML file: its root element must be EDEX.",
    ),
    "flanders": (
        "Dit bestand is van een school in Vlaanderen (instellingsnummer). Alleen scholen met een BRIN of schoolsleutel kunnen importeren.",
        "This file belongs to a school in Flanders (instellingsnummer). Only schools with a BRIN or a school key can import.",
    ),
    "missing": ("Een verplicht onderdeel ontbreekt.", "A required item is missing."),
    "repeated": ("Een onderdeel staat er twee keer.", "An item is given twice."),
    "mixed_content": ("Een waarde bevat andere elementen.", "A value contains other elements."),
    "bad_value": ("Een waarde heeft niet de juiste vorm.", "A value does not have the right form."),
    "duplicate_key": ("Dezelfde sleutel komt twee keer voor.", "The same key occurs twice."),
    "duplicate_eckid": ("Twee leerlingen hebben hetzelfde ECK-iD.", "Two pupils have the same ECK-iD."),
    "dangling_reference": (
        "Er wordt verwezen naar een groep of vestiging die niet in het bestand staat.",
        "There is a reference to a group or location that is not in the file.",
    ),
    "not_table": (
        "Dit is geen EDEXML-bestand en ook geen tabel volgens het sjabloon.",
        "This is neither an EDEXML file nor a table like the template.",
    ),
    "not_workbook": (
        "Dit is geen heel Excel-bestand. Sla het op als .xlsx of .csv, zonder wachtwoord.",
        "This is not a whole Excel file. Save it as .xlsx or .csv, without a password.",
    ),
    "table_school": (
        "De eerste regel noemt de school en het schooljaar niet. Gebruik het sjabloon.",
        "The first row does not name the school and the school year. Use the template.",
    ),
    "table_columns": (
        "Op de tweede regel ontbreekt een kolomnaam of staat er een dubbel. Gebruik het sjabloon.",
        "The second row lacks a column name or has one twice. Use the template.",
    ),
    "table_kind": (
        "Vul in de eerste kolom leerling of medewerker in.",
        "Fill in pupil or staff in the first column.",
    ),
    "quotes": (
        "Een aanhalingsteken opent een waarde die nergens goed sluit.",
        "A quotation mark opens a value that is nowhere closed properly.",
    ),
    "table_no_group": (
        "Deze groep staat bij geen leerling. Schrijf de groep bij leerlingen en medewerkers hetzelfde.",
        "No pupil is in this group. Write the group the same for pupils and staff.",
    ),
    "table_two_groups": (
        "Deze leerling staat in meer dan één groep. Noem er één; de andere kunnen bij Subgroepen.",
        "This pupil is in more than one group. Name one; the others may go under Subgroups.",
    ),
    "table_number": (
        "Dit nummer komt twee keer voor. Geef iedere leerling en iedere medewerker een eigen nummer.",
        "This number occurs twice. Give every pupil and every member of staff a number of their own.",
    ),
    "formula": (
        "Een cel bevat een formule. Vul alleen waarden in.",
        "A cell contains a formula. Fill in values only.",
    ),
    "date_cell": (
        "Het rekenprogramma heeft van een waarde een datum gemaakt. Geef de cel het type Tekst en vul haar opnieuw in.",
        "The spreadsheet program has made a date of a value. Give the cell the type Text and fill it in again.",
    ),
    "other_school": ("Dit bestand is van een andere school.", "This file belongs to another school."),
    "school_closed": (
        "Deze school is gesloten. Er wordt niets meer geïmporteerd.",
        "This school has closed. Nothing is imported any more.",
    ),
    "older_year": (
        "Dit bestand is van een eerder schooljaar dan de school nu gebruikt.",
        "This file belongs to an earlier school year than the one the school uses.",
    ),
    "far_year": (
        "Dit bestand is van een schooljaar na het komende. Kijk het schooljaar na.",
        "This file belongs to a school year after the coming one. Check the school year.",
    ),
    "year_not_begun": (
        "Dit bestand is van een schooljaar dat nog niet begonnen is. Importeer het vanaf 1 augustus.",
        "This file belongs to a school year that has not begun. Import it from 1 August.",
    ),
}

REMARKS: dict[str, tuple[str, str]] = {
    "eckid_ignored": (
        "ECK-iD in een onbekende vorm; het is genegeerd.",
        "ECK-iD of an unknown form; it was ignored.",
    ),
    "eckid_environment": (
        "ECK-iD van een andere omgeving (proef of echt); het is niet overgenomen.",
        "ECK-iD of another environment (pilot or real); it was not taken over.",
    ),
    "eckid_version": ("ECK-iD van een onbekende versie.", "ECK-iD of an unknown version."),
    "unstable_key": (
        "Sleutel die met # begint: volgens het LAS is hij niet blijvend.",
        "Key that begins with #: the administration says that it is not permanent.",
    ),
    "year_group_unknown": ("Leerling of groep zonder bekende jaargroep.", "Pupil or group without a known year group."),
    "role_unknown": ("Onbekende rol; zij is genegeerd.", "Unknown role; it was ignored."),
    "column_ignored": (
        "Kolom die het sjabloon niet heeft; zij is niet gelezen. E-mailadressen vult u daarna in de lijst van medewerkers in.",
        "Column that the template does not have; it was not read. E-mail addresses are filled in afterwards, in the list of staff.",
    ),
    "no_pupils": (
        "Geen leerlingen in het bestand; niemand wordt daarom inactief.",
        "No pupils in the file; nobody becomes inactive because of it.",
    ),
}

DOUBTS: dict[str, tuple[str, str]] = {
    "no_first_name": (
        "Leerling zonder roepnaam: op het leerlingplaatje staan alleen voorletters.",
        "Pupil without a first name in use: the tile shows initials only.",
    ),
    "no_group": ("Niet aan een groep gekoppeld.", "Linked to no group."),
    "eckid_differs": (
        "De sleutel hoort hier bij een ander ECK-iD. Er is niets gewijzigd.",
        "The key belongs to another ECK-iD here. Nothing was changed.",
    ),
    "unstable_key": (
        "Sleutel die met # begint en die hier bij iemand anders lijkt te horen. Er is niets gewijzigd.",
        "Key that begins with # and seems to belong to somebody else here. Nothing was changed.",
    ),
    "address_missing": ("Medewerker zonder e-mailadres.", "Member of staff without an e-mail address."),
    "address_malformed": ("Het e-mailadres klopt niet.", "The e-mail address is malformed."),
    "address_shared": (
        "Dit e-mailadres staat bij meer dan één medewerker.",
        "More than one member of staff has this e-mail address.",
    ),
    "address_taken": (
        "Een andere medewerker van deze school heeft dit e-mailadres al.",
        "Another member of staff of this school has this e-mail address already.",
    ),
    "is_substitute": (
        "Is hier nu invalkracht. Er verandert niets zolang de invalbeurt duurt.",
        "Is a substitute here now. Nothing changes while the substitution lasts.",
    ),
    "ended_here": (
        "De school heeft deze medewerker beëindigd. Het LAS haalt niemand terug: kies bij Medewerkers Weer in dienst.",
        "The school ended this member of staff. The administration brings nobody back: choose Take up again under Staff.",
    ),
    "name_elsewhere": (
        "De naam is hier anders dan in het bestand. Wij veranderen hem niet, omdat deze persoon ook op een andere school staat. Vraag de helpdesk.",
        "The name differs from the file. We do not change it, because this person is at another school too. Ask the helpdesk.",
    ),
    "moved_away": (
        "Ging bij de splitsing naar de andere school, maar staat nog in dit bestand. Er is niets gewijzigd. Zet deze persoon ook in het LAS over.",
        "Went to the other school in the split, but is still in this file. Nothing was changed. Move this person in the administration too.",
    ),
    "address_changed": (
        "Het LAS heeft een ander e-mailadres dan het account. Het account houdt zijn adres tot de medewerker het nieuwe bevestigt.",
        "The administration has another e-mail address than the account. The account keeps its address until its owner confirms the new one.",
    ),
    "appointed_left": (
        "Staat niet meer in het LAS, maar heeft hier een taak gekregen. Het account blijft.",
        "No longer in the administration, but has a task here. The account stays.",
    ),
}

DOUBTS_OF_TABLE: dict[str, tuple[str, str]] = {
    "moved_away": (
        "Ging bij de splitsing naar de andere school, maar staat nog in deze tabel. Er is niets gewijzigd. Haal de regel weg.",
        "Went to the other school in the split, but is still in this table. Nothing was changed. Take the row out.",
    ),
    "appointed_left": (
        "Staat niet meer in de tabel, maar heeft hier een taak gekregen. Het account blijft.",
        "No longer in the table, but has a task here. The account stays.",
    ),
}
"""The same of a table, where `DOUBTS` speaks of an administration system."""


def doubt(reason: str, language: Language, *, table: bool = False) -> str:
    """What the school must settle, for people; of a `table` it sends nobody to an administration system."""
    texts = DOUBTS_OF_TABLE if table and reason in DOUBTS_OF_TABLE else DOUBTS
    return texts[reason][_place(language)]


_CODES: dict[str, tuple[str, str]] = {
    "brincode": ("de BRIN", "the BRIN"),
    "dependancecode": ("de vestigingscode", "the location code"),
}
"""What differs where a file is of another school."""


def _place(language: Language) -> int:
    return 0 if language == "nl" else 1


class ImportRefused(Exception):
    """The file cannot be used; nothing was changed.

    `code` is a key of `REFUSALS`, `line` the line of the file (None when the file as a whole is meant), `element` the name of the
    allow-listed element concerned; of a table `column` is what the column is called in both languages, `group` the group that is
    named there and nowhere else, which only `text` tells. Holds nothing else from the file.
    """

    def __init__(
        self,
        code: str,
        *,
        line: int | None = None,
        element: str | None = None,
        column: tuple[str, str] | None = None,
        group: str | None = None,
    ) -> None:
        super().__init__(code, line, column[1] if column else element)
        self.code = code
        self.line = line
        self.element = column[1] if column else element
        self.column = column
        self._group = group

    @property
    def reason(self) -> str:
        """Both languages in one line, for logs and machines."""
        return f"{self.text('nl')} / {self.text('en')}"

    def text(self, language: Language) -> str:
        """The reason for people, with where it is in the file as far as known: by element, or by column in a table."""
        said = REFUSALS[self.code][_place(language)]
        where = [f'"{self._group}"'] if self._group else []
        where += filter(None, [self._named(language)])
        if self.line is not None:
            where.append(f"{('regel', 'line')[_place(language)]} {self.line}")
        return f"{said} ({', '.join(where)})" if where else said

    def _named(self, language: Language) -> str | None:
        if self.column:
            return f"{('kolom', 'column')[_place(language)]} {self.column[_place(language)]}"
        if self.line is None and self.element in _CODES:
            return _CODES[self.element][_place(language)]
        # Without a line the sentence is about the file as a whole, unless the element is what lacks.
        return f"<{self.element}>" if self.element and (self.line is not None or self.code == "missing") else None

    def __str__(self) -> str:
        return self.text("en")
