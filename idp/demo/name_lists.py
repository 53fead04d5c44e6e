"""Common given names and surnames in the Netherlands, to make up people from. Combinations are random: nobody is meant."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Aaliyah Abel Adam Aïsha Amber Amin Amir Amy Anaïs Anna Anouk Arthur Aya Ayoub Bas Benjamin Björn Boaz Bo Bram Britt Casper "
    "Cato Charlie Chloë Daan Dani David Dex Dylan Eline Elif Elin Elise Eliza Ella Emir Emma Esmée Eva Evi Fatima Faye Feline Femke "
    "Fenna Fien Finn Fleur Floris Floor Guus Hanna Hidde Hugo Ilias Ilse Imran Isa Jace Jackson Jan Janna Jasmijn Jayden Jelle Jens "
    "Jesse Jet Jill Joep Jonas Joris Julia Julian Jurre Kaan Karlijn Keano Kees Kiki Lars Leah Lena Lenn Lieke Lily Lisa Liv Lize "
    "Loïs Lotte Lou Luca Lucas Luuk Lynn Maël Maud Max Melle Mees Merel Mia Mick Mila Milan Milou Mohamed Morris Naomi Nina Niek "
    "Noé Nora Nour Olivia Otis Owen Philip Pien Pim Quinn Rayan René Renée Romy Roos Ruben Saar Sam Sami Sara Sef Selin Sem Senna "
    "Siem Sofia Sofie Sophie Stijn Sven Tess Thijs Tijn Tim Tobias Twan Tygo Vajèn Veerle Vera Vince Willem Xavi Yara Yasin Yfke "
    "Youssef Yuna Zara Zeynep Zoë"
)

STAFF_FIRST_NAMES = _words(
    "Annemarie Anja Bert Carla Chantal Dennis Desirée Edwin Els Erik Esther Fadoua Gerda Hans Henk Ingrid Irene Jeroen Joke José "
    "Karin Karim Kim Linda Loes Maaike Marcel Marieke Marloes Martijn Mirjam Mustafa Nathalie Patricia Peter Petra Renate Rianne "
    "Rob Saskia Sjoerd Suzanne Thea Tineke Wendy Wilma Yvonne"
)

_PLAIN = _words(
    "Aydin Akkerman Bakker Bos Bosch Brouwer Bouwman Boer Çelik Claassen Dekker Dijkstra Demir El-Khatib Evers Geerts Gerritsen "
    "Güneş Haan Hendriks Hermans Hoekstra Huisman Jacobs Jansen Janssen Jonker Kaya Klein Koning Kok Kuiper Kramer Kuipers "
    "Lambrechts Maas Martens Meijer Meyer Mulder Müller Nguyen O'Brien Özdemir Peeters Peters Petersen Postma Prins Roelofs "
    "Sanders Schouten Scholten Schipper Smit Smits Timmermans Troost Veenstra Verhoeven Vermeulen Verweij Visser Vos Willems "
    "Willemsen Wójcik Wolters Yildiz Zijlstra IJzerman Bakker-Smit"
)

_WITH_PREFIX: dict[str, tuple[str, ...]] = {
    "de": _words("Boer Bruijn Graaf Groot Haan Jong Koning Lange Vries Wit"),
    "van": _words("Beek Dam Dijk Doorn Leeuwen Loon Rijn Vliet"),
    "van den": _words("Berg Bosch Brink Broek Heuvel"),
    "van der": _words("Heijden Horst Laan Linden Meer Veen Wal"),
    "van de": _words("Pol Ven Velde Wiel"),
    "van 't": _words("Hof Hoff Veer"),
    "in 't": _words("Veld"),
    "in den": _words("Bosch"),
    "op den": _words("Kamp"),
    "ter": _words("Horst"),
    "ten": _words("Brink"),
    "te": _words("Velde"),
    "el": _words("Amrani Idrissi"),
    "d'": _words("Hondt"),
    "'t": _words("Hart"),
}

Name = tuple[str, str | None, str | None]

# Two Noors who need their surnames, a child of whom the administration knows the roepnaam alone, and what breaks careless programs.
DIFFICULT: tuple[Name, ...] = (
    ("Noor", None, "Bakker"),
    ("Noor", "van den", "Berg"),
    ("Joep", None, None),
    ("Zoë", "van 't", "Hof"),
    ("Anaïs", None, "O'Brien"),
)

SURNAMES: tuple[tuple[str | None, str], ...] = (
    *((None, surname) for surname in _PLAIN),
    *((prefix, surname) for prefix, surnames in _WITH_PREFIX.items() for surname in surnames),
)
"""Pairs of tussenvoegsel (None without) and surname."""
