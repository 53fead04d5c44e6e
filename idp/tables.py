"""Imports every models module, so that `metadata` is whole: migrations, the embedded default and tests read it here."""

import consent.models
import directory.models
import idp.core.models
import idp.credentials.models
import metadata.models
import mfa.models
from idp.core.db import Base

OWNERS = (consent.models, directory.models, idp.core.models, idp.credentials.models, metadata.models, mfa.models)
metadata_of_all = Base.metadata
