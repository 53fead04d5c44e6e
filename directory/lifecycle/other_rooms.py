"""What a reorganisation touches of tables that belong above this package, by their names: foreign keys cross, imports do not.

Of the consent's tables only what must follow a person or stop with a school; of the credentials only what goes along when two become one.
"""

from sqlalchemy import Boolean, Column, Date, LargeBinary, MetaData, String, Table

from idp.core.db import BigId, Moment

_metadata = MetaData()

PARTIES = Table(
    "parties",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String),
    Column("contact_email", String),
    Column("enabled", Boolean),
)

TICKS = Table(
    "ticks",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("school_id", BigId),
    Column("party_id", BigId),
    Column("given", Boolean),
    Column("changed_at", Moment),
    Column("changed_by", String),
)

AGREEMENTS = Table(
    "agreements",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("board_id", BigId),
    Column("school_id", BigId),
    Column("signed_on", Date),
    Column("ends_on", Date),
)

EXCLUSIONS = Table(
    "exclusions",
    _metadata,
    Column("school_id", BigId, primary_key=True),
    Column("party_id", BigId, primary_key=True),
    Column("person_id", BigId, primary_key=True),
)

UPSTREAM_LINKS = Table(
    "upstream_links",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("person_id", BigId),
)

LISTED_NAMES = Table(
    "listed_names",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("person_id", BigId),
)

RELEASES = Table(
    "releases",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Moment),
    Column("person_id", BigId),
    Column("party_id", BigId),
)

PUPIL_SECRETS = Table(
    "pupil_secrets",
    _metadata,
    Column("person_id", BigId, primary_key=True),
    Column("kind", String),
    Column("sealed", LargeBinary),
    Column("changed_at", Moment),
    Column("first_used_at", Moment),
)

PARENTS = Table("parents", _metadata, Column("id", BigId, primary_key=True))

PARENTS_OF_CHILDREN = Table(
    "parents_of_children",
    _metadata,
    Column("parent_id", BigId, primary_key=True),
    Column("enrolment_id", BigId, primary_key=True),
    Column("permission_on", Date),
    Column("entered_at", Moment),
    Column("used_at", Moment),
)

HOME_CODES = Table(
    "home_codes",
    _metadata,
    Column("enrolment_id", BigId, primary_key=True),
    Column("lookup", LargeBinary),
    Column("sealed", LargeBinary),
    Column("made_at", Moment),
    Column("expires_on", Date),
)

BY_NAME = {table.name: table for table in _metadata.tables.values()}
