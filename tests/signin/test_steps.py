"""`next_step` terminates and never skips a factor, whatever an attempt looks like (D7, C-317; architecture, section 6)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.signin.answers import BEFORE_PROOF, counts
from idp.signin.assurance import Level
from idp.signin.attempts import Attempt, Proof
from idp.signin.facts import Facts
from idp.signin.question import Question
from idp.signin.steps import RULES, WAYS, Known, Step, known_way, next_step, proven, verdict

SCHOOLS = st.integers(1, 3)
SOME_SCHOOLS = st.lists(SCHOOLS, unique=True, max_size=3).map(tuple)
MAYBE = st.none() | st.integers(1, 3)
PROOFS = st.builds(
    Proof,
    person_id=st.integers(1, 3),
    kind=st.sampled_from(["pupil", "staff"]),
    epoch=st.just(1),
    at=st.just(1000),
    ways=st.sampled_from((("pwd",), ("pwd", "long"))),
    second_at=st.none() | st.just(1010),
    fresh=st.booleans(),
)
QUESTIONS = st.builds(
    Question,
    protocol=st.sampled_from(["oidc", "saml"]),
    connection_id=st.just(1),
    party_id=st.just(1),
    party_name=st.just("Rekenrijk"),
    resume=st.just("/oidc/authorize"),
    request=st.just({}),
    passive=st.booleans(),
    fresh=st.booleans(),
    max_age=st.none() | st.just(60),
    least=st.sampled_from(Level),
)
ATTEMPTS = st.builds(
    Attempt,
    id=st.just("id"),
    browser=st.just("00"),
    began_at=st.just(1000),
    question=st.none() | QUESTIONS,
    way=st.none() | st.sampled_from(WAYS),
    ask_way=st.booleans(),
    school_id=MAYBE,
    group_id=MAYBE,
    child_id=MAYBE,
    was_id=MAYBE,
    proof=st.none() | PROOFS,
    session=st.none() | st.just("aa"),
    enrolling=st.none() | st.just("bb"),
    owed_codes=st.none() | st.just("cc"),
    given_up=st.booleans(),
    terms_read=MAYBE,
)


@st.composite
def knowns(draw: st.DrawFn, attempt: Attempt) -> Known:
    """What can be known beside an attempt: facts exactly where somebody is proven, as `flow.known_of` makes them."""
    proof = attempt.proof
    if proof is None:
        return Known(here=draw(SOME_SCHOOLS))
    pupil = proof.kind == "pupil"
    codes = ["party.disabled", "person.inactive", "consent.no_agreement", "consent.not_given", "person.excluded"]
    facts = Facts(
        kind=proof.kind,
        same_epoch=True,
        active=draw(st.booleans()),
        in_place=draw(st.booleans()),
        needs_second=False if pupil else draw(st.booleans()),
        enrolled=False if pupil else draw(st.booleans()),
        manages=False,
        verdict=draw(st.none() | st.sampled_from(codes)) if attempt.question else None,
        connection_version=1,
        keys_version=1,
    )
    return Known(here=(), workplaces=() if pupil else draw(SOME_SCHOOLS), facts=facts)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Attempt, Known]:
    attempt = draw(ATTEMPTS)
    return attempt, draw(knowns(attempt))


def second_is_due(attempt: Attempt, known: Known) -> bool:
    """The requirement in words of its own: staff of whom it is wanted by role or school, or by the party that asks."""
    proof = attempt.proof
    if proof is None or proof.kind != "staff" or known.facts is None:
        return False
    alone = Level.PASSPHRASE if "long" in proof.ways else Level.PASSWORD
    return known.facts.needs_second or (attempt.question is not None and attempt.question.least > alone)


@given(situations())
@settings(max_examples=400)
def test_nobody_comes_through_without_what_is_due(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    step = next_step(attempt, known)
    if not proven(step) or attempt.given_up:
        return
    assert attempt.proof is not None
    assert attempt.proof.second_at is not None or not second_is_due(attempt, known)
    assert attempt.owed_codes is None
    if attempt.proof.kind == "staff" and len(known.workplaces) > 1:
        assert attempt.school_id in known.workplaces
    if step is Step.DONE:
        assert verdict(attempt, known) is None


FACTS = Facts(
    kind="staff",
    same_epoch=True,
    active=True,
    in_place=False,
    needs_second=False,
    enrolled=False,
    manages=False,
    verdict=None,
    connection_version=1,
    keys_version=1,
)


@pytest.mark.parametrize(
    ("chosen", "workplaces", "step"),
    [
        (None, (1, 2), Step.WORKPLACE),
        (9, (1, 2), Step.WORKPLACE),
        (2, (1, 2), Step.DONE),
        (1, (1,), Step.DONE),
        (None, (), Step.DONE),
    ],
)
def test_of_several_workplaces_one_is_chosen_and_one_of_them(
    chosen: int | None, workplaces: tuple[int, ...], step: Step
) -> None:
    proof = Proof(1, "staff", 1, 1000, ("pwd",))
    attempt = Attempt("id", "00", 1000, way="staff", school_id=chosen, proof=proof, terms_read=proof.person_id)
    assert next_step(attempt, Known(here=(), workplaces=workplaces, facts=FACTS)) is step


@given(situations())
def test_the_page_of_the_secret_of_an_app_needs_a_fresh_password(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    if next_step(attempt, known) is Step.ENROL and not attempt.given_up:
        assert attempt.proof is not None
        assert attempt.proof.fresh
        assert attempt.proof.kind == "staff"


@given(situations())
def test_children_are_asked_for_nothing_but_their_own_secret(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    if attempt.proof is not None and attempt.proof.kind == "pupil":
        assert next_step(attempt, known) in {Step.KEEP_CODES, Step.REFUSED, Step.DONE}


@given(situations())
def test_groups_are_shown_only_on_the_schools_own_network(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    step = next_step(attempt, known)
    if step in {Step.GROUP, Step.CHILD, Step.SECRET, Step.SAME_CHILD}:
        assert known.here
        assert attempt.school_id in known.here or (attempt.school_id is None and len(known.here) == 1)


@given(situations())
def test_somebody_who_gave_up_is_sent_back_and_nothing_else(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    assert next_step(replace(attempt, given_up=True), known) is Step.DONE


@given(situations())
def test_after_the_proof_only_the_present_step_can_be_answered(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    step = next_step(attempt, known)
    answerable = {one for one in Step if counts(attempt, known, one)}
    assert step in answerable
    if attempt.proof is not None:
        assert answerable == {step}
    else:
        assert answerable <= BEFORE_PROOF | {step}


@given(situations())
def test_who_signs_in_reads_the_agreement_before_there_is_a_session(situation: tuple[Attempt, Known]) -> None:
    attempt, known = situation
    proof = attempt.proof
    if proof is None or attempt.given_up:
        return
    owes = proof.kind == "staff" and proof.fresh and attempt.terms_read != proof.person_id
    step = next_step(attempt, known)
    assert (step is Step.TERMS) <= owes
    assert not (owes and (proven(step) or step is Step.WORKPLACE))


def answered(attempt: Attempt, known: Known, step: Step, *, pupil: bool) -> Attempt:
    """A willing person answers one step rightly."""
    proof = attempt.proof
    if step is Step.WAY:
        return replace(attempt, way="pupil" if pupil and known.here else "staff", ask_way=False)
    if step is Step.SCHOOL:
        return replace(attempt, school_id=known.here[0])
    if step is Step.SAME_CHILD:
        return replace(attempt, was_id=None, child_id=attempt.was_id)
    if step in {Step.GROUP, Step.CHILD}:
        return replace(attempt, group_id=1) if step is Step.GROUP else replace(attempt, child_id=1)
    if step is Step.SECRET:
        return replace(
            attempt, proof=Proof(1, "pupil", 1, 1000, ("pin",)), school_id=attempt.school_id or known.here[0]
        )
    if step is Step.PASSWORD:
        second_at = proof.second_at if proof else None
        return replace(attempt, proof=Proof(1, "staff", 1, 1000, ("pwd",), second_at))
    if step in {Step.ENROL, Step.SECOND_FACTOR} and proof is not None:
        owed = "cc" if step is Step.ENROL else attempt.owed_codes
        return replace(attempt, proof=replace(proof, second_at=1010), owed_codes=owed)
    if step is Step.KEEP_CODES:
        return replace(attempt, owed_codes=None)
    if step is Step.TERMS:
        return replace(attempt, terms_read=proof.person_id if proof else None)
    assert step is Step.WORKPLACE
    return replace(attempt, school_id=known.workplaces[0])


ENDS = {Step.DONE, Step.REFUSED, Step.HOME, Step.NOT_HERE}


@given(situation=situations(), data=st.data(), pupil=st.booleans())
def test_a_willing_person_comes_to_an_end_and_never_sees_a_page_twice(
    situation: tuple[Attempt, Known], data: st.DataObject, pupil: bool
) -> None:
    attempt, known = situation
    seen: list[Step] = []
    while (step := next_step(attempt, known)) not in ENDS:
        assert step not in seen
        seen.append(step)
        had = attempt.proof
        attempt = answered(attempt, known, step, pupil=pupil)
        if had is None and attempt.proof is not None:
            known = data.draw(knowns(attempt))
    assert len(seen) <= 10


def test_every_step_is_reached_by_a_rule_or_is_the_end() -> None:
    assert {step for _, step in RULES} == set(Step) - {Step.DONE}


@pytest.mark.parametrize("text", ["", "admin", "Pupil", "pupil ", "staff\n"])
def test_only_the_three_ways_are_ways(text: str) -> None:
    assert known_way(text) is None
    assert [known_way(way) for way in WAYS] == list(WAYS)


@given(attempt=ATTEMPTS, question=QUESTIONS, data=st.data())
def test_too_little_assurance_is_a_refusal_and_never_an_answer(
    attempt: Attempt, question: Question, data: st.DataObject
) -> None:
    child = replace(attempt, question=question, proof=Proof(1, "pupil", 1, 1000, ("pin",)))
    said = verdict(child, data.draw(knowns(child)))
    if question.least > Level.PUPIL_SECRET:
        assert said in {"person.inactive", "assurance.unreachable"}
    else:
        assert said != "assurance.unreachable"
