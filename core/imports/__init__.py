"""The import wizard: a file into any register that a room has described (``importable``).

described    what can be imported: fields, vocabularies, how a row is found
suggest      which column fills which field, which value a spelling means, how dates run (pure)
setup        what a person has said so far, and the mapping that follows from it
wizard       keep a file, change the set-up, plan
saved        mappings kept under a name
edits        rows as a person's edits of a register that no source feeds
running      carried out as a job, refused rows, undo
previews     a plan in words, for the page
people       members as files name them
members      the register of people: whom to invite, whose roles to change
inviting     many invitations and changes of roles, carried out
named        other records as files name them
"""

from core.imports.described import (
    CHOICE,
    CHOICES,
    DATE,
    LINE,
    PERSON,
    REF,
    TEXT,
    Delivery,
    Importable,
    ImportField,
    Prepared,
    importables,
)  # fmt: skip
from core.imports.described import importable as _described
from core.imports.running import carried_out_as_jobs
from core.imports.setup import LEFT_OUT, OWN, Setup

__all__ = [
    "CHOICE", "CHOICES", "DATE", "LEFT_OUT", "LINE", "OWN", "PERSON", "REF", "TEXT", "Delivery", "ImportField",
    "Importable", "Prepared", "Setup", "importable", "importables",
]  # fmt: skip


def importable(described: Importable) -> Importable:
    """Make known what can be imported into a register: the wizard, its jobs and the command take it from here."""
    return carried_out_as_jobs(_described(described))
