"""the first tables.

Revision 0001 after nothing, 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('administration_systems',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('needs_key', sa.Boolean(), nullable=False),
    sa.Column('endpoint', sa.String(length=300), nullable=True),
    sa.Column('staged', sa.Boolean(), nullable=False),
    sa.Column('customer_code', sa.String(length=64), nullable=True),
    sa.Column('customer_name', sa.String(length=64), nullable=True),
    sa.Column('certificate', sa.LargeBinary(), nullable=True),
    sa.Column('certificate_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('help_nl', sa.String(), nullable=False),
    sa.Column('help_en', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_administration_systems')),
    sa.UniqueConstraint('code', name=op.f('uq_administration_systems_code'))
    )
    op.create_table('announcements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=True),
    sa.Column('title_nl', sa.String(length=100), nullable=False),
    sa.Column('title_en', sa.String(length=100), nullable=False),
    sa.Column('text_nl', sa.String(length=2000), nullable=False),
    sa.Column('text_en', sa.String(length=2000), nullable=False),
    sa.Column('shown_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('shown_until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('outage', 'news')", name=op.f('ck_announcements_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcements'))
    )
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcements_shown_until'), ['shown_until'], unique=False)

    op.create_table('boards',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boards')),
    sa.UniqueConstraint('number', name=op.f('uq_boards_number'))
    )
    op.create_table('data_keys',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_keys'))
    )
    op.create_table('decryption_keys',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('certificate', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decryption_keys'))
    )
    op.create_table('endings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('but', sa.LargeBinary(length=16), nullable=True),
    sa.Column('upto', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('acts_upto', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_endings'))
    )
    op.create_table('field_sets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fields', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_field_sets')),
    sa.UniqueConstraint('fields', name=op.f('uq_field_sets_fields'))
    )
    op.create_table('job_runs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('job', sa.String(length=32), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('error', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_runs'))
    )
    with op.batch_alter_table('job_runs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_runs_job_id'), ['job', 'id'], unique=False)

    op.create_table('ledger',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=True),
    sa.Column('detail', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger'))
    )
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_acts', ['school_id', 'at', 'id'], unique=False, postgresql_where=sa.text("action NOT IN ('signin.passed', 'signin.failed')"), sqlite_where=sa.text("action NOT IN ('signin.passed', 'signin.failed')"))
        batch_op.create_index(batch_op.f('ix_ledger_school_id_at_id'), ['school_id', 'at', 'id'], unique=False)

    op.create_table('logouts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('release_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('connection_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('wire', sa.String(length=16), nullable=False),
    sa.Column('session_mark', sa.LargeBinary(length=16), nullable=False),
    sa.Column('run', sa.LargeBinary(length=16), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'told', 'asked', 'failed', 'mute')", name=op.f('ck_logouts_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_logouts'))
    )
    with op.batch_alter_table('logouts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_logouts_next_at'), ['next_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_logouts_run'), ['run'], unique=False)
        batch_op.create_index(batch_op.f('ix_logouts_session_mark_connection_id'), ['session_mark', 'connection_id'], unique=False)

    op.create_table('mails',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mails'))
    )
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mails_next_attempt_at'), ['next_attempt_at'], unique=False)

    op.create_table('metadata_sources',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address', sa.String(length=2000), nullable=False),
    sa.Column('trusted', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('pin', sa.String(length=64), nullable=True),
    sa.Column('wanted', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('etag', sa.String(length=200), nullable=True),
    sa.Column('document_sha256', sa.String(length=64), nullable=True),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_fetch_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trouble', sa.String(length=200), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metadata_sources')),
    sa.UniqueConstraint('address', name=op.f('uq_metadata_sources_address'))
    )
    with op.batch_alter_table('metadata_sources', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_metadata_sources_next_fetch_at'), ['next_fetch_at'], unique=False)

    op.create_table('parents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('hash', sa.String(length=200), nullable=True),
    sa.Column('epoch', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ledger_id', sa.String(length=36), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('bounced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('link', sa.LargeBinary(length=32), nullable=True),
    sa.Column('link_purpose', sa.String(length=10), nullable=True),
    sa.Column('link_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("link_purpose IN ('activation', 'reset')", name=op.f('ck_parents_link_purpose')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parents')),
    sa.UniqueConstraint('email', name=op.f('uq_parents_email')),
    sa.UniqueConstraint('ledger_id', name=op.f('uq_parents_ledger_id')),
    sa.UniqueConstraint('link', name=op.f('uq_parents_link')),
    sqlite_autoincrement=True
    )
    op.create_table('parties',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=9), nullable=False),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('contact_name', sa.String(length=200), nullable=True),
    sa.Column('contact_email', sa.String(length=254), nullable=True),
    sa.Column('contact_phone', sa.String(length=40), nullable=True),
    sa.Column('url', sa.String(length=2000), nullable=True),
    sa.Column('sector', sa.String(length=255), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('under_test', sa.Boolean(), nullable=False),
    sa.Column('unseen_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('publisher', 'network')", name=op.f('ck_parties_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parties'))
    )
    op.create_table('register_boards',
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('street', sa.String(length=100), nullable=False),
    sa.Column('house_number', sa.String(length=20), nullable=False),
    sa.Column('postcode', sa.String(length=7), nullable=False),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_register_boards'))
    )
    op.create_table('register_locations',
    sa.Column('code', sa.String(length=6), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('board_number', sa.String(length=16), nullable=True),
    sa.Column('board_name', sa.String(length=200), nullable=True),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_register_locations'))
    )
    with op.batch_alter_table('register_locations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_register_locations_board_number'), ['board_number'], unique=False)

    op.create_table('register_readings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_readings'))
    )
    op.create_table('release_counts',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('asked_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('ticked_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('school_id', 'month', 'party_id', 'asked_set_id', 'ticked_set_id', name=op.f('pk_release_counts'))
    )
    op.create_table('releases',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grant_id', sa.LargeBinary(length=16), nullable=True),
    sa.Column('asked_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticked_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ground', sa.String(length=24), nullable=False),
    sa.Column('session_mark', sa.LargeBinary(length=16), nullable=True),
    sa.Column('connection_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('wire', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_releases')),
    sa.UniqueConstraint('grant_id', name=op.f('uq_releases_grant_id'))
    )
    with op.batch_alter_table('releases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_releases_person_id_at'), ['person_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_releases_school_id_at'), ['school_id', 'at'], unique=False)

    op.create_table('reorganisations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=9), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('asked_by_helpdesk', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by', sa.String(length=64), nullable=True),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undo_until', sa.Date(), nullable=True),
    sa.Column('detail', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('plan', sa.LargeBinary(), nullable=True),
    sa.Column('inverse', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("kind IN ('codes', 'merger', 'split', 'closure', 'transfer')", name=op.f('ck_reorganisations_kind')),
    sa.CheckConstraint("state IN ('draft', 'asked', 'checked', 'done', 'undone', 'withdrawn')", name=op.f('ck_reorganisations_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reorganisations'))
    )
    op.create_table('seals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ids', sa.String(), nullable=False),
    sa.Column('marks', sa.LargeBinary(), nullable=False),
    sa.Column('content', sa.LargeBinary(length=32), nullable=False),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('key', sa.String(length=16), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=64), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('horizon', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ahead', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('purged_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seals'))
    )
    with op.batch_alter_table('seals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seals_last'), ['last'], unique=False)

    op.create_table('signing_keys',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kid', sa.String(length=64), nullable=False),
    sa.Column('alg', sa.String(length=8), nullable=False),
    sa.Column('certificate', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('active_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leaked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_keys')),
    sa.UniqueConstraint('kid', name=op.f('uq_signing_keys_kid'))
    )
    op.create_table('timetable',
    sa.Column('job', sa.String(length=32), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('job', name=op.f('pk_timetable'))
    )
    op.create_table('versions',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('number >= 1', name=op.f('ck_versions_positive')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_versions'))
    )
    op.create_table('void_grants',
    sa.Column('grant_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_void_grants'))
    )
    op.create_table('board_invitations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('board_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=True),
    sa.Column('surname', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=24), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_board_invitations_board_id_boards'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_board_invitations')),
    sa.UniqueConstraint('board_id', 'email', 'role', name=op.f('uq_board_invitations_board_id_email_role')),
    sa.UniqueConstraint('token', name=op.f('uq_board_invitations_token'))
    )
    op.create_table('exchange_steps',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('thread', sa.LargeBinary(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('of_nobody', sa.Boolean(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_exchange_steps_party_id_parties'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_steps'))
    )
    with op.batch_alter_table('exchange_steps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchange_steps_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchange_steps_party_id_thread'), ['party_id', 'thread'], unique=False)

    op.create_table('field_lists',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service', sa.String(length=100), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_field_lists_party_id_parties'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_field_lists')),
    sa.UniqueConstraint('party_id', 'service', 'version', name=op.f('uq_field_lists_party_id_service_version'))
    )
    op.create_table('oidc_clients',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_id', sa.String(length=255), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('former_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('former_until', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('metadata', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('without_pkce', sa.Boolean(), nullable=False),
    sa.Column('signing_kid', sa.String(length=64), nullable=True),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_oidc_clients_party_id_parties'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oidc_clients')),
    sa.UniqueConstraint('client_id', name=op.f('uq_oidc_clients_client_id'))
    )
    with op.batch_alter_table('oidc_clients', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_oidc_clients_party_id'), ['party_id'], unique=False)

    op.create_table('persons',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=5), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=True),
    sa.Column('prefix', sa.String(length=16), nullable=True),
    sa.Column('surname', sa.String(length=200), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('bounced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.Column('epoch', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ledger_id', sa.String(length=36), nullable=False),
    sa.Column('contact_of', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('duty', sa.String(length=8), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("duty IS NULL OR (duty IN ('helpdesk', 'operator') AND kind = 'staff' AND contact_of IS NULL)", name=op.f('ck_persons_duty')),
    sa.CheckConstraint("kind IN ('pupil', 'staff')", name=op.f('ck_persons_kind')),
    sa.ForeignKeyConstraint(['contact_of'], ['parties.id'], name=op.f('fk_persons_contact_of_parties'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_persons')),
    sa.UniqueConstraint('email', name=op.f('uq_persons_email')),
    sa.UniqueConstraint('ledger_id', name=op.f('uq_persons_ledger_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('persons', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_persons_contact_of'), ['contact_of'], unique=False)
        batch_op.create_index('ix_persons_duty', ['duty'], unique=False, postgresql_where=sa.text('duty IS NOT NULL'), sqlite_where=sa.text('duty IS NOT NULL'))

    op.create_table('saml_entities',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entity_id', sa.String(length=256), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=False),
    sa.Column('document_sha256', sa.String(length=64), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('read', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('policy', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('signing_kid', sa.String(length=64), nullable=True),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_saml_entities_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['source_id'], ['metadata_sources.id'], name=op.f('fk_saml_entities_source_id_metadata_sources'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saml_entities')),
    sa.UniqueConstraint('entity_id', name=op.f('uq_saml_entities_entity_id'))
    )
    with op.batch_alter_table('saml_entities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saml_entities_party_id'), ['party_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_saml_entities_source_id'), ['source_id'], unique=False)

    op.create_table('schools',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('board_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('brin', sa.String(length=4), nullable=True),
    sa.Column('location', sa.String(length=2), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('instelling_ref', sa.String(length=36), nullable=False),
    sa.Column('mfa_for_staff', sa.Boolean(), nullable=False),
    sa.Column('hide_names', sa.Boolean(), nullable=False),
    sa.Column('school_year', sa.String(length=9), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('merged_into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reference_of', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("location = '' OR brin IS NOT NULL", name=op.f('ck_schools_location_has_brin')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_schools_board_id_boards')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['schools.id'], name=op.f('fk_schools_merged_into_id_schools'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['reference_of'], ['parties.id'], name=op.f('fk_schools_reference_of_parties'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schools')),
    sa.UniqueConstraint('brin', 'location', name=op.f('uq_schools_brin_location')),
    sa.UniqueConstraint('instelling_ref', name=op.f('uq_schools_instelling_ref')),
    sa.UniqueConstraint('reference_of', name=op.f('uq_schools_reference_of'))
    )
    with op.batch_alter_table('schools', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_schools_board_id'), ['board_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_schools_merged_into_id'), ['merged_into_id'], unique=False)

    op.create_table('upstreams',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('protocol', sa.String(length=4), nullable=False),
    sa.Column('name', sa.String(length=1024), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=True),
    sa.Column('document_sha256', sa.String(length=64), nullable=True),
    sa.Column('read', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('signing_kid', sa.String(length=64), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('trusted_for_mfa', sa.Boolean(), nullable=False),
    sa.Column('for_staff', sa.Boolean(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("protocol IN ('oidc', 'saml')", name=op.f('ck_upstreams_protocol')),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_upstreams_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['source_id'], ['metadata_sources.id'], name=op.f('fk_upstreams_source_id_metadata_sources'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upstreams')),
    sa.UniqueConstraint('name', name=op.f('uq_upstreams_name'))
    )
    with op.batch_alter_table('upstreams', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upstreams_party_id'), ['party_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upstreams_source_id'), ['source_id'], unique=False)

    op.create_table('address_proposals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('proposed_by', sa.String(length=64), nullable=False),
    sa.Column('needs_approval', sa.Boolean(), nullable=False),
    sa.Column('approved_by', sa.String(length=64), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_address_proposals_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_address_proposals_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address_proposals')),
    sa.UniqueConstraint('person_id', name=op.f('uq_address_proposals_person_id')),
    sa.UniqueConstraint('token', name=op.f('uq_address_proposals_token')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('address_proposals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_address_proposals_school_id'), ['school_id'], unique=False)

    op.create_table('agreements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('board_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('document_version', sa.String(length=16), nullable=False),
    sa.Column('signed_by', sa.String(length=200), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('recorded_by', sa.String(length=64), nullable=False),
    sa.CheckConstraint('(board_id IS NULL) <> (school_id IS NULL)', name=op.f('ck_agreements_board_or_school')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_agreements_board_id_boards'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_agreements_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreements'))
    )
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreements_board_id'), ['board_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_agreements_school_id'), ['school_id'], unique=False)

    op.create_table('applications',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=6), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('code', sa.String(length=6), nullable=True),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('answers', sa.LargeBinary(), nullable=True),
    sa.Column('reason', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=64), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("kind IN ('nl', 'abroad')", name=op.f('ck_applications_kind')),
    sa.CheckConstraint("state IN ('asked', 'received', 'approved', 'done', 'refused')", name=op.f('ck_applications_state')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_applications_school_id_schools'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_applications')),
    sa.UniqueConstraint('token', name=op.f('uq_applications_token'))
    )
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_applications_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_applications_decided_at'), ['decided_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_applications_school_id'), ['school_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_applications_state'), ['state'], unique=False)

    op.create_table('board_roles',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('board_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=24), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('board-ict-coordinator', 'board-director')", name=op.f('ck_board_roles_role')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_board_roles_board_id_boards'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_board_roles_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_board_roles')),
    sa.UniqueConstraint('person_id', 'board_id', 'role', name=op.f('uq_board_roles_person_id_board_id_role'))
    )
    with op.batch_alter_table('board_roles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_board_roles_board_id'), ['board_id'], unique=False)

    op.create_table('client_logos',
    sa.Column('oidc_client_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['oidc_client_id'], ['oidc_clients.id'], name=op.f('fk_client_logos_oidc_client_id_oidc_clients'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('oidc_client_id', name=op.f('pk_client_logos'))
    )
    with op.batch_alter_table('client_logos', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_logos_digest'), ['digest'], unique=False)

    op.create_table('connection_proposals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('oidc_client_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('saml_entity_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('addresses', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('document', sa.LargeBinary(), nullable=True),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(oidc_client_id IS NULL) <> (saml_entity_id IS NULL)', name=op.f('ck_connection_proposals_one_connection')),
    sa.ForeignKeyConstraint(['oidc_client_id'], ['oidc_clients.id'], name=op.f('fk_connection_proposals_oidc_client_id_oidc_clients'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['saml_entity_id'], ['saml_entities.id'], name=op.f('fk_connection_proposals_saml_entity_id_saml_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_connection_proposals')),
    sa.UniqueConstraint('oidc_client_id', name=op.f('uq_connection_proposals_oidc_client_id')),
    sa.UniqueConstraint('saml_entity_id', name=op.f('uq_connection_proposals_saml_entity_id')),
    sqlite_autoincrement=True
    )
    op.create_table('couplings',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('system_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mode', sa.String(length=9), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=True),
    sa.Column('agreed_by_school_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('agreed_by_system_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused', sa.String(length=64), nullable=True),
    sa.Column('received_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_run_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("mode IN ('automatic', 'manual', 'off')", name=op.f('ck_couplings_mode')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_couplings_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['system_id'], ['administration_systems.id'], name=op.f('fk_couplings_system_id_administration_systems')),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_couplings'))
    )
    with op.batch_alter_table('couplings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_couplings_next_run_at'), ['next_run_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_couplings_system_id'), ['system_id'], unique=False)

    op.create_table('deletion_requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('mailed', sa.Boolean(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.String(length=64), nullable=True),
    sa.Column('answer', sa.String(length=1000), nullable=True),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_deletion_requests_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_deletion_requests_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletion_requests'))
    )
    with op.batch_alter_table('deletion_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deletion_requests_party_id'), ['party_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deletion_requests_school_id_party_id'), ['school_id', 'party_id'], unique=False)

    op.create_table('delivered_locations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('location_key', sa.String(length=256), nullable=False),
    sa.Column('target_school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agreed_by_target_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_delivered_locations_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['target_school_id'], ['schools.id'], name=op.f('fk_delivered_locations_target_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivered_locations')),
    sa.UniqueConstraint('school_id', 'location_key', name=op.f('uq_delivered_locations_school_id_location_key'))
    )
    with op.batch_alter_table('delivered_locations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivered_locations_target_school_id'), ['target_school_id'], unique=False)

    op.create_table('device_links',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('label', sa.String(length=100), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('most_a_day', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_device_links_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_links')),
    sa.UniqueConstraint('token', name=op.f('uq_device_links_token'))
    )
    with op.batch_alter_table('device_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_device_links_school_id'), ['school_id'], unique=False)

    op.create_table('eck_id_aliases',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_eck_id_aliases_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_eck_id_aliases'))
    )
    with op.batch_alter_table('eck_id_aliases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_eck_id_aliases_lookup'), ['lookup'], unique=False)
        batch_op.create_index(batch_op.f('ix_eck_id_aliases_person_id'), ['person_id'], unique=False)

    op.create_table('eck_ids',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_eck_ids_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_eck_ids'))
    )
    with op.batch_alter_table('eck_ids', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_eck_ids_lookup'), ['lookup'], unique=False)

    op.create_table('exclusions',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_exclusions_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_exclusions_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_exclusions_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', 'party_id', 'person_id', name=op.f('pk_exclusions'))
    )
    with op.batch_alter_table('exclusions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exclusions_person_id'), ['person_id'], unique=False)

    op.create_table('groups',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_year', sa.String(length=9), nullable=False),
    sa.Column('kind', sa.String(length=9), nullable=False),
    sa.Column('las_key', sa.String(length=256), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('year_group', sa.String(length=4), nullable=True),
    sa.Column('secret_kind', sa.String(length=8), nullable=False),
    sa.Column('home_way', sa.String(length=7), nullable=True),
    sa.Column('network_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.CheckConstraint("home_way IN ('here', 'network')", name=op.f('ck_groups_home_way')),
    sa.CheckConstraint("kind IN ('stamgroep', 'subgroep')", name=op.f('ck_groups_kind')),
    sa.CheckConstraint("secret_kind IN ('pictures', 'pin')", name=op.f('ck_groups_secret_kind')),
    sa.ForeignKeyConstraint(['network_id'], ['parties.id'], name=op.f('fk_groups_network_id_parties'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_groups_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groups')),
    sa.UniqueConstraint('school_id', 'school_year', 'kind', 'las_key', name=op.f('uq_groups_school_id_school_year_kind_las_key'))
    )
    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_groups_network_id'), ['network_id'], unique=False)

    op.create_table('home_rules',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parents', sa.Boolean(), nullable=False),
    sa.Column('way', sa.String(length=7), nullable=False),
    sa.Column('network_name', sa.String(length=100), nullable=False),
    sa.Column('network_url', sa.String(length=300), nullable=False),
    sa.CheckConstraint("way IN ('here', 'network')", name=op.f('ck_home_rules_way')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_home_rules_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_home_rules'))
    )
    op.create_table('import_runs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.Column('origin', sa.String(length=8), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('school_year', sa.String(length=9), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('doubts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('error', sa.String(length=64), nullable=True),
    sa.Column('fingerprint', sa.String(length=64), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('inverse', sa.LargeBinary(), nullable=True),
    sa.Column('advice', sa.LargeBinary(), nullable=True),
    sa.Column('undo_until', sa.Date(), nullable=True),
    sa.CheckConstraint("origin IN ('upload', 'night', 'now', 'command', 'new-year')", name=op.f('ck_import_runs_origin')),
    sa.CheckConstraint("source IN ('edexml', 'uwlr', 'table')", name=op.f('ck_import_runs_source')),
    sa.CheckConstraint("state IN ('planned', 'held', 'waiting', 'applied', 'nothing', 'failed', 'undone', 'replaced', 'discarded')", name=op.f('ck_import_runs_state')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_import_runs_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_runs'))
    )
    with op.batch_alter_table('import_runs', schema=None) as batch_op:
        batch_op.create_index('ix_import_runs_open', ['state', 'school_id'], unique=False, postgresql_where=sa.text("state IN ('planned', 'held', 'waiting')"), sqlite_where=sa.text("state IN ('planned', 'held', 'waiting')"))
        batch_op.create_index(batch_op.f('ix_import_runs_school_id_id'), ['school_id', 'id'], unique=False)

    op.create_table('listed_names',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_listed_names_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_listed_names_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listed_names')),
    sa.UniqueConstraint('party_id', 'name', name=op.f('uq_listed_names_party_id_name'))
    )
    with op.batch_alter_table('listed_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listed_names_person_id'), ['person_id'], unique=False)

    op.create_table('login_cards',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('serial', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_login_cards_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'serial', name=op.f('pk_login_cards')),
    sa.UniqueConstraint('lookup', name=op.f('uq_login_cards_lookup'))
    )
    with op.batch_alter_table('login_cards', schema=None) as batch_op:
        batch_op.create_index('uq_login_cards_valid', ['person_id'], unique=True, postgresql_where=sa.text('voided_at IS NULL'), sqlite_where=sa.text('voided_at IS NULL'))

    op.create_table('lost_factors',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('asked_by', sa.String(length=36), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_lost_factors_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lost_factors')),
    sa.UniqueConstraint('person_id', name=op.f('uq_lost_factors_person_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('lost_factors', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lost_factors_asked_at'), ['asked_at'], unique=False)

    op.create_table('mailed_links',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('purpose', sa.String(length=10), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("purpose IN ('activation', 'reset')", name=op.f('ck_mailed_links_purpose')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_mailed_links_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_mailed_links')),
    sa.UniqueConstraint('token', name=op.f('uq_mailed_links_token'))
    )
    with op.batch_alter_table('mailed_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mailed_links_expires_at'), ['expires_at'], unique=False)

    op.create_table('mfa_opt_outs',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_mfa_opt_outs_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_mfa_opt_outs'))
    )
    op.create_table('moved_keys',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('about', sa.String(length=5), nullable=False),
    sa.Column('las_key', sa.String(length=256), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("about IN ('pupil', 'staff')", name=op.f('ck_moved_keys_about')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_moved_keys_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', 'about', 'las_key', name=op.f('pk_moved_keys'))
    )
    op.create_table('notices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('about', sa.String(length=32), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_notices_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('kind', 'school_id', 'person_id', 'about', name=op.f('uq_notices_kind_school_id_person_id_about'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notices_school_id'), ['school_id'], unique=False)

    op.create_table('party_agreements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('board_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('document_version', sa.String(length=16), nullable=False),
    sa.Column('signed_by', sa.String(length=200), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('recorded_by', sa.String(length=64), nullable=False),
    sa.CheckConstraint('(board_id IS NULL) <> (school_id IS NULL)', name=op.f('ck_party_agreements_board_or_school')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_party_agreements_board_id_boards'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_party_agreements_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_party_agreements_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party_agreements'))
    )
    with op.batch_alter_table('party_agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_party_agreements_board_id'), ['board_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_party_agreements_party_id'), ['party_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_party_agreements_school_id'), ['school_id'], unique=False)

    op.create_table('passkeys',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1023), nullable=False),
    sa.Column('handle', sa.LargeBinary(length=32), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transports', sa.String(length=100), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('synced', sa.Boolean(), nullable=False),
    sa.Column('backed_up', sa.Boolean(), nullable=False),
    sa.Column('aaguid', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_passkeys_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkeys_person_id'), ['person_id'], unique=False)

    op.create_table('passwords',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hash', sa.String(length=200), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_passwords_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_passwords'))
    )
    op.create_table('pupil_lists',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('latest', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_pupil_lists_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_pupil_lists_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pupil_lists')),
    sa.UniqueConstraint('school_id', 'party_id', name=op.f('uq_pupil_lists_school_id_party_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('pupil_lists', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pupil_lists_party_id'), ['party_id'], unique=False)

    op.create_table('pupil_secrets',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('pictures', 'pin')", name=op.f('ck_pupil_secrets_kind')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_pupil_secrets_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_pupil_secrets'))
    )
    op.create_table('recovery_codes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_recovery_codes_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('hash', name=op.f('uq_recovery_codes_hash'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_person_id'), ['person_id'], unique=False)

    op.create_table('reorganised_schools',
    sa.Column('reorganisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('part', sa.String(length=4), nullable=False),
    sa.CheckConstraint("part IN ('from', 'to')", name=op.f('ck_reorganised_schools_part')),
    sa.ForeignKeyConstraint(['reorganisation_id'], ['reorganisations.id'], name=op.f('fk_reorganised_schools_reorganisation_id_reorganisations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_reorganised_schools_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('reorganisation_id', 'school_id', 'part', name=op.f('pk_reorganised_schools'))
    )
    with op.batch_alter_table('reorganised_schools', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reorganised_schools_school_id'), ['school_id'], unique=False)

    op.create_table('school_addresses',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('network', sa.String(length=64), nullable=False),
    sa.Column('first', sa.LargeBinary(length=16), nullable=False),
    sa.Column('last', sa.LargeBinary(length=16), nullable=False),
    sa.Column('connection_type', sa.String(length=32), nullable=False),
    sa.Column('label', sa.String(length=100), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_school_addresses_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_addresses')),
    sa.UniqueConstraint('school_id', 'first', 'last', name=op.f('uq_school_addresses_school_id_first_last'))
    )
    with op.batch_alter_table('school_addresses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_school_addresses_first_last'), ['first', 'last'], unique=False)

    op.create_table('seen_locations',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('location_key', sa.String(length=256), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('pupils', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_seen_locations_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', 'location_key', name=op.f('pk_seen_locations'))
    )
    op.create_table('subject_aliases',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seed', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_subject_aliases_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_subject_aliases_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'party_id', name=op.f('pk_subject_aliases'))
    )
    with op.batch_alter_table('subject_aliases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subject_aliases_party_id'), ['party_id'], unique=False)

    op.create_table('subject_seeds',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seed', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_subject_seeds_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_subject_seeds'))
    )
    op.create_table('targets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('oidc_client_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('saml_entity_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address', sa.String(length=2000), nullable=False),
    sa.Column('names', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(oidc_client_id IS NULL) <> (saml_entity_id IS NULL)', name=op.f('ck_targets_one_connection')),
    sa.ForeignKeyConstraint(['oidc_client_id'], ['oidc_clients.id'], name=op.f('fk_targets_oidc_client_id_oidc_clients'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['saml_entity_id'], ['saml_entities.id'], name=op.f('fk_targets_saml_entity_id_saml_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_targets')),
    sa.UniqueConstraint('address', name=op.f('uq_targets_address'))
    )
    with op.batch_alter_table('targets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_targets_oidc_client_id'), ['oidc_client_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_targets_saml_entity_id'), ['saml_entity_id'], unique=False)

    op.create_table('terms_read',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_terms_read_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'version', name=op.f('pk_terms_read'))
    )
    op.create_table('tick_changes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('field_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('request_ref', sa.String(length=100), nullable=True),
    sa.ForeignKeyConstraint(['field_set_id'], ['field_sets.id'], name=op.f('fk_tick_changes_field_set_id_field_sets')),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_tick_changes_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_tick_changes_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tick_changes'))
    )
    with op.batch_alter_table('tick_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tick_changes_party_id'), ['party_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_tick_changes_school_id_party_id_id'), ['school_id', 'party_id', 'id'], unique=False)

    op.create_table('tick_reviews',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reviewed_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_tick_reviews_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_tick_reviews'))
    )
    op.create_table('ticks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('field_set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('noes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('request_ref', sa.String(length=100), nullable=True),
    sa.ForeignKeyConstraint(['field_set_id'], ['field_sets.id'], name=op.f('fk_ticks_field_set_id_field_sets')),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_ticks_party_id_parties'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_ticks_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticks')),
    sa.UniqueConstraint('school_id', 'party_id', name=op.f('uq_ticks_school_id_party_id'))
    )
    with op.batch_alter_table('ticks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticks_party_id'), ['party_id'], unique=False)

    op.create_table('totps',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('last_step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_totps_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_totps'))
    )
    op.create_table('upstream_links',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('upstream_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.LargeBinary(length=32), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_upstream_links_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['upstream_id'], ['upstreams.id'], name=op.f('fk_upstream_links_upstream_id_upstreams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upstream_links')),
    sa.UniqueConstraint('upstream_id', 'subject', name=op.f('uq_upstream_links_upstream_id_subject'))
    )
    with op.batch_alter_table('upstream_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upstream_links_person_id'), ['person_id'], unique=False)

    op.create_table('application_letters',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_application_letters_application_id_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_application_letters'))
    )
    op.create_table('devices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('link_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('label', sa.String(length=100), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['device_links.id'], name=op.f('fk_devices_link_id_device_links'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_devices_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('token', name=op.f('uq_devices_token'))
    )
    with op.batch_alter_table('devices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_devices_link_id_enrolled_at'), ['link_id', 'enrolled_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_devices_school_id_link_id'), ['school_id', 'link_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_devices_seen_on'), ['seen_on'], unique=False)

    op.create_table('enrolments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('las_key', sa.String(length=256), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('year_group', sa.String(length=4), nullable=True),
    sa.Column('picture', sa.String(length=32), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('inactive_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_enrolments_group_id_groups'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_enrolments_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_enrolments_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolments')),
    sa.UniqueConstraint('school_id', 'person_id', name=op.f('uq_enrolments_school_id_person_id'))
    )
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enrolments_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_enrolments_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_enrolments_school_id_las_key'), ['school_id', 'las_key'], unique=False)

    op.create_table('listed_pupils',
    sa.Column('list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gone', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['list_id'], ['pupil_lists.id'], name=op.f('fk_listed_pupils_list_id_pupil_lists'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_listed_pupils_person_id_persons'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('list_id', 'person_id', name=op.f('pk_listed_pupils'))
    )
    with op.batch_alter_table('listed_pupils', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listed_pupils_person_id'), ['person_id'], unique=False)

    op.create_table('substitute_seats',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seed', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_substitute_seats_group_id_groups'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_substitute_seats')),
    sa.UniqueConstraint('group_id', name=op.f('uq_substitute_seats_group_id'))
    )
    op.create_table('employments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('las_key', sa.String(length=256), nullable=True),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.Column('told_email', sa.String(length=254), nullable=True),
    sa.Column('unanswered', sa.Boolean(), nullable=False),
    sa.Column('seat_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reviewed_on', sa.Date(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('inactive_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.CheckConstraint("source IN ('las', 'platform')", name=op.f('ck_employments_source')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_employments_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_employments_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seat_id'], ['substitute_seats.id'], name=op.f('fk_employments_seat_id_substitute_seats'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employments')),
    sa.UniqueConstraint('school_id', 'person_id', name=op.f('uq_employments_school_id_person_id'))
    )
    with op.batch_alter_table('employments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employments_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_employments_school_id_las_key'), ['school_id', 'las_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_employments_seat_id'), ['seat_id'], unique=False)

    op.create_table('home_codes',
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_home_codes_enrolment_id_enrolments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('enrolment_id', name=op.f('pk_home_codes')),
    sa.UniqueConstraint('lookup', name=op.f('uq_home_codes_lookup'))
    )
    with op.batch_alter_table('home_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_home_codes_expires_on'), ['expires_on'], unique=False)

    op.create_table('parents_of_children',
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('permission_on', sa.Date(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_parents_of_children_enrolment_id_enrolments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['parent_id'], ['parents.id'], name=op.f('fk_parents_of_children_parent_id_parents'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('parent_id', 'enrolment_id', name=op.f('pk_parents_of_children'))
    )
    with op.batch_alter_table('parents_of_children', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_parents_of_children_enrolment_id'), ['enrolment_id'], unique=False)

    op.create_table('subgroup_members',
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_subgroup_members_enrolment_id_enrolments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_subgroup_members_group_id_groups'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('enrolment_id', 'group_id', name=op.f('pk_subgroup_members'))
    )
    with op.batch_alter_table('subgroup_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subgroup_members_group_id'), ['group_id'], unique=False)

    op.create_table('substitute_bindings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seat_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('bound_by', sa.String(length=64), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_substitute_bindings_person_id_persons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_substitute_bindings_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seat_id'], ['substitute_seats.id'], name=op.f('fk_substitute_bindings_seat_id_substitute_seats'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_substitute_bindings'))
    )
    with op.batch_alter_table('substitute_bindings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_substitute_bindings_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_substitute_bindings_school_id_id'), ['school_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_substitute_bindings_seat_id'), ['seat_id'], unique=False)

    op.create_table('employment_roles',
    sa.Column('employment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=24), nullable=False),
    sa.ForeignKeyConstraint(['employment_id'], ['employments.id'], name=op.f('fk_employment_roles_employment_id_employments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('employment_id', 'role', name=op.f('pk_employment_roles'))
    )
    op.create_table('group_teachers',
    sa.Column('employment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.CheckConstraint("source IN ('las', 'platform')", name=op.f('ck_group_teachers_source')),
    sa.ForeignKeyConstraint(['employment_id'], ['employments.id'], name=op.f('fk_group_teachers_employment_id_employments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_group_teachers_group_id_groups'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('employment_id', 'group_id', name=op.f('pk_group_teachers'))
    )
    with op.batch_alter_table('group_teachers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_teachers_group_id'), ['group_id'], unique=False)

    op.create_table('held_mails',
    sa.Column('employment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['employment_id'], ['employments.id'], name=op.f('fk_held_mails_employment_id_employments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_held_mails_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('employment_id', name=op.f('pk_held_mails'))
    )
    with op.batch_alter_table('held_mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_mails_school_id'), ['school_id'], unique=False)

    op.create_table('pending_memberships',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=True),
    sa.Column('prefix', sa.String(length=16), nullable=True),
    sa.Column('surname', sa.String(length=200), nullable=True),
    sa.Column('employment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('las_key', sa.String(length=256), nullable=True),
    sa.Column('roles', sa.String(length=120), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('bounced_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['employment_id'], ['employments.id'], name=op.f('fk_pending_memberships_employment_id_employments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_pending_memberships_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pending_memberships')),
    sa.UniqueConstraint('employment_id', name=op.f('uq_pending_memberships_employment_id')),
    sa.UniqueConstraint('school_id', 'email', name=op.f('uq_pending_memberships_school_id_email')),
    sa.UniqueConstraint('token', name=op.f('uq_pending_memberships_token'))
    )
    with op.batch_alter_table('pending_memberships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pending_memberships_email'), ['email'], unique=False)

    op.create_table('substitute_delegates',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['employment_id'], ['employments.id'], name=op.f('fk_substitute_delegates_employment_id_employments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_substitute_delegates_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_substitute_delegates'))
    )
    with op.batch_alter_table('substitute_delegates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_substitute_delegates_employment_id'), ['employment_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('substitute_delegates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_substitute_delegates_employment_id'))

    op.drop_table('substitute_delegates')
    with op.batch_alter_table('pending_memberships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pending_memberships_email'))

    op.drop_table('pending_memberships')
    with op.batch_alter_table('held_mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_held_mails_school_id'))

    op.drop_table('held_mails')
    with op.batch_alter_table('group_teachers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_group_teachers_group_id'))

    op.drop_table('group_teachers')
    op.drop_table('employment_roles')
    with op.batch_alter_table('substitute_bindings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_substitute_bindings_seat_id'))
        batch_op.drop_index(batch_op.f('ix_substitute_bindings_school_id_id'))
        batch_op.drop_index(batch_op.f('ix_substitute_bindings_person_id'))

    op.drop_table('substitute_bindings')
    with op.batch_alter_table('subgroup_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subgroup_members_group_id'))

    op.drop_table('subgroup_members')
    with op.batch_alter_table('parents_of_children', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_parents_of_children_enrolment_id'))

    op.drop_table('parents_of_children')
    with op.batch_alter_table('home_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_home_codes_expires_on'))

    op.drop_table('home_codes')
    with op.batch_alter_table('employments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_employments_seat_id'))
        batch_op.drop_index(batch_op.f('ix_employments_school_id_las_key'))
        batch_op.drop_index(batch_op.f('ix_employments_person_id'))

    op.drop_table('employments')
    op.drop_table('substitute_seats')
    with op.batch_alter_table('listed_pupils', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_listed_pupils_person_id'))

    op.drop_table('listed_pupils')
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enrolments_school_id_las_key'))
        batch_op.drop_index(batch_op.f('ix_enrolments_person_id'))
        batch_op.drop_index(batch_op.f('ix_enrolments_group_id'))

    op.drop_table('enrolments')
    with op.batch_alter_table('devices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_devices_seen_on'))
        batch_op.drop_index(batch_op.f('ix_devices_school_id_link_id'))
        batch_op.drop_index(batch_op.f('ix_devices_link_id_enrolled_at'))

    op.drop_table('devices')
    op.drop_table('application_letters')
    with op.batch_alter_table('upstream_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_upstream_links_person_id'))

    op.drop_table('upstream_links')
    op.drop_table('totps')
    with op.batch_alter_table('ticks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticks_party_id'))

    op.drop_table('ticks')
    op.drop_table('tick_reviews')
    with op.batch_alter_table('tick_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tick_changes_school_id_party_id_id'))
        batch_op.drop_index(batch_op.f('ix_tick_changes_party_id'))

    op.drop_table('tick_changes')
    op.drop_table('terms_read')
    with op.batch_alter_table('targets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_targets_saml_entity_id'))
        batch_op.drop_index(batch_op.f('ix_targets_oidc_client_id'))

    op.drop_table('targets')
    op.drop_table('subject_seeds')
    with op.batch_alter_table('subject_aliases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subject_aliases_party_id'))

    op.drop_table('subject_aliases')
    op.drop_table('seen_locations')
    with op.batch_alter_table('school_addresses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_school_addresses_first_last'))

    op.drop_table('school_addresses')
    with op.batch_alter_table('reorganised_schools', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reorganised_schools_school_id'))

    op.drop_table('reorganised_schools')
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_codes_person_id'))

    op.drop_table('recovery_codes')
    op.drop_table('pupil_secrets')
    with op.batch_alter_table('pupil_lists', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pupil_lists_party_id'))

    op.drop_table('pupil_lists')
    op.drop_table('passwords')
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkeys_person_id'))

    op.drop_table('passkeys')
    with op.batch_alter_table('party_agreements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_party_agreements_school_id'))
        batch_op.drop_index(batch_op.f('ix_party_agreements_party_id'))
        batch_op.drop_index(batch_op.f('ix_party_agreements_board_id'))

    op.drop_table('party_agreements')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notices_school_id'))

    op.drop_table('notices')
    op.drop_table('moved_keys')
    op.drop_table('mfa_opt_outs')
    with op.batch_alter_table('mailed_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mailed_links_expires_at'))

    op.drop_table('mailed_links')
    with op.batch_alter_table('lost_factors', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lost_factors_asked_at'))

    op.drop_table('lost_factors')
    with op.batch_alter_table('login_cards', schema=None) as batch_op:
        batch_op.drop_index('uq_login_cards_valid', postgresql_where=sa.text('voided_at IS NULL'), sqlite_where=sa.text('voided_at IS NULL'))

    op.drop_table('login_cards')
    with op.batch_alter_table('listed_names', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_listed_names_person_id'))

    op.drop_table('listed_names')
    with op.batch_alter_table('import_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_runs_school_id_id'))
        batch_op.drop_index('ix_import_runs_open', postgresql_where=sa.text("state IN ('planned', 'held', 'waiting')"), sqlite_where=sa.text("state IN ('planned', 'held', 'waiting')"))

    op.drop_table('import_runs')
    op.drop_table('home_rules')
    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_groups_network_id'))

    op.drop_table('groups')
    with op.batch_alter_table('exclusions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exclusions_person_id'))

    op.drop_table('exclusions')
    with op.batch_alter_table('eck_ids', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_eck_ids_lookup'))

    op.drop_table('eck_ids')
    with op.batch_alter_table('eck_id_aliases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_eck_id_aliases_person_id'))
        batch_op.drop_index(batch_op.f('ix_eck_id_aliases_lookup'))

    op.drop_table('eck_id_aliases')
    with op.batch_alter_table('device_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_device_links_school_id'))

    op.drop_table('device_links')
    with op.batch_alter_table('delivered_locations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivered_locations_target_school_id'))

    op.drop_table('delivered_locations')
    with op.batch_alter_table('deletion_requests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deletion_requests_school_id_party_id'))
        batch_op.drop_index(batch_op.f('ix_deletion_requests_party_id'))

    op.drop_table('deletion_requests')
    with op.batch_alter_table('couplings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_couplings_system_id'))
        batch_op.drop_index(batch_op.f('ix_couplings_next_run_at'))

    op.drop_table('couplings')
    op.drop_table('connection_proposals')
    with op.batch_alter_table('client_logos', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_client_logos_digest'))

    op.drop_table('client_logos')
    with op.batch_alter_table('board_roles', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_board_roles_board_id'))

    op.drop_table('board_roles')
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_applications_state'))
        batch_op.drop_index(batch_op.f('ix_applications_school_id'))
        batch_op.drop_index(batch_op.f('ix_applications_decided_at'))
        batch_op.drop_index(batch_op.f('ix_applications_code'))

    op.drop_table('applications')
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agreements_school_id'))
        batch_op.drop_index(batch_op.f('ix_agreements_board_id'))

    op.drop_table('agreements')
    with op.batch_alter_table('address_proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_address_proposals_school_id'))

    op.drop_table('address_proposals')
    with op.batch_alter_table('upstreams', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_upstreams_source_id'))
        batch_op.drop_index(batch_op.f('ix_upstreams_party_id'))

    op.drop_table('upstreams')
    with op.batch_alter_table('schools', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_schools_merged_into_id'))
        batch_op.drop_index(batch_op.f('ix_schools_board_id'))

    op.drop_table('schools')
    with op.batch_alter_table('saml_entities', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saml_entities_source_id'))
        batch_op.drop_index(batch_op.f('ix_saml_entities_party_id'))

    op.drop_table('saml_entities')
    with op.batch_alter_table('persons', schema=None) as batch_op:
        batch_op.drop_index('ix_persons_duty', postgresql_where=sa.text('duty IS NOT NULL'), sqlite_where=sa.text('duty IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_persons_contact_of'))

    op.drop_table('persons')
    with op.batch_alter_table('oidc_clients', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_oidc_clients_party_id'))

    op.drop_table('oidc_clients')
    op.drop_table('field_lists')
    with op.batch_alter_table('exchange_steps', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exchange_steps_party_id_thread'))
        batch_op.drop_index(batch_op.f('ix_exchange_steps_at'))

    op.drop_table('exchange_steps')
    op.drop_table('board_invitations')
    op.drop_table('void_grants')
    op.drop_table('versions')
    op.drop_table('timetable')
    op.drop_table('signing_keys')
    with op.batch_alter_table('seals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seals_last'))

    op.drop_table('seals')
    op.drop_table('reorganisations')
    with op.batch_alter_table('releases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_releases_school_id_at'))
        batch_op.drop_index(batch_op.f('ix_releases_person_id_at'))

    op.drop_table('releases')
    op.drop_table('release_counts')
    op.drop_table('register_readings')
    with op.batch_alter_table('register_locations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_register_locations_board_number'))

    op.drop_table('register_locations')
    op.drop_table('register_boards')
    op.drop_table('parties')
    op.drop_table('parents')
    with op.batch_alter_table('metadata_sources', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_metadata_sources_next_fetch_at'))

    op.drop_table('metadata_sources')
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mails_next_attempt_at'))

    op.drop_table('mails')
    with op.batch_alter_table('logouts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_logouts_session_mark_connection_id'))
        batch_op.drop_index(batch_op.f('ix_logouts_run'))
        batch_op.drop_index(batch_op.f('ix_logouts_next_at'))

    op.drop_table('logouts')
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_school_id_at_id'))
        batch_op.drop_index('ix_ledger_acts', postgresql_where=sa.text("action NOT IN ('signin.passed', 'signin.failed')"), sqlite_where=sa.text("action NOT IN ('signin.passed', 'signin.failed')"))

    op.drop_table('ledger')
    with op.batch_alter_table('job_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_runs_job_id'))

    op.drop_table('job_runs')
    op.drop_table('field_sets')
    op.drop_table('endings')
    op.drop_table('decryption_keys')
    op.drop_table('data_keys')
    op.drop_table('boards')
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcements_shown_until'))

    op.drop_table('announcements')
    op.drop_table('administration_systems')
