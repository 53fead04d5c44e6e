"""Keeps a file's ECK-iDs out when they are of the other world: a pilot's in a real installation, or real ones in a pilot."""

from dataclasses import replace
from typing import Final

from directory import identifiers
from directory.eckid import VERSION, Environment
from directory.imports.pressed import press
from directory.imports.records import Administration, Remark

OTHER_ENVIRONMENT: Final = "eckid_environment"
"""The remark that says how many there were."""


def kept_apart(administration: Administration, environment: Environment) -> Administration:
    """The same administration without the ECK-iDs of the other world. Those pupils sign in all the same (D18)."""
    others = {
        pupil.key
        for pupil in administration.pupils
        if pupil.eckid is not None and identifiers.eckid_version(pupil.eckid) != VERSION[environment]
    }
    if not others:
        return administration
    pupils = press(replace(pupil, eckid=None) if pupil.key in others else pupil for pupil in administration.pupils)
    remark = Remark(OTHER_ENVIRONMENT, line=0, times=len(others))
    return replace(administration, pupils=pupils, warnings=(*administration.warnings, remark))
