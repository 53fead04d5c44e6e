"""From what consent released to what the attribute pipeline reads."""

from typing import Literal, cast

from consent.release import Released
from protocols.attributes.outgoing import ReleasedPerson


def person(released: Released, *, subject: str, realm: str = "", subject_id: str | None = None) -> ReleasedPerson:
    """The released person under the name that this party knows."""
    return ReleasedPerson(
        kind=cast(Literal["pupil", "staff"], released.kind),
        subject=subject,
        allowed=released.fields,
        realm=realm,
        subject_id=subject_id,
        first_name=released.first_name,
        prefix=released.prefix,
        surname=released.surname,
        roles=released.roles,
        brin=released.brin,
        location=released.location or None,
        school_name=released.school_name,
        instelling_ref=released.instelling_ref,
        groups=released.groups,
        year_group=released.year_group,
        email=released.email,
        eckid=released.eckid,
    )
