"""A passive question that nobody here can answer is passed on to the network provider that this browser knows, as a passive one (C-216, OIDC Core
3.1.2.1): whoever is signed in there is signed in here without a page, and everybody else is told to the party as nobody.
"""

from idp.core.frozen import replace
from idp.signin.attempts import Attempt, Network
from idp.signin.question import Question, Visitor


def can_ask(question: Question, visitor: Visitor) -> bool:
    """Whether the provider may be asked: nobody is signed in here, no new proof is wanted, and the party takes the word of others."""
    wanted = question.passive and question.asked and question.max_age is None and question.hops != 0
    return wanted and visitor.session is None and visitor.upstream_id is not None


def onwards(attempt: Attempt, visitor: Visitor) -> Attempt | None:
    """The attempt on its way to the provider, to be kept; None where it was there already, or cannot go."""
    question = attempt.question
    if question is None or attempt.way is not None or visitor.upstream_id is None or not can_ask(question, visitor):
        return None
    return replace(attempt, way="network", network=Network(visitor.upstream_id))
