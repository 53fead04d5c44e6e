"""Imports every models module, so that `metadata` is whole: migrations, the embedded default and tests read it here."""

import consent.models
import directory.imports.models
import directory.lifecycle.models
import directory.models
import directory.onboarding.models
import directory.register.models
import idp.core.models
import idp.credentials.models
import idp.jobs.models
import idp.sandbox.models
import idp.support.models
import metadata.models
import mfa.models
from idp.core.db import Base

OWNERS = (
    consent.models,
    directory.imports.models,
    directory.lifecycle.models,
    directory.models,
    directory.onboarding.models,
    directory.register.models,
    idp.core.models,
    idp.credentials.models,
    idp.jobs.models,
    idp.sandbox.models,
    idp.support.models,
    metadata.models,
    mfa.models,
)
metadata_of_all = Base.metadata
