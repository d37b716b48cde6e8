"""Small tables and records for planner tests."""

from core.planner import CurrentRecord, FieldMapping, PlainFields, applied
from core.tables import Row, name_columns

FIELDS = ("name", "owner", "purpose")


def make_row(number, *cells):
    return Row(number, tuple(cells))


def make_item(number, key, **values):
    return number, {"external_id": key, **values}


def make_record(key="k", **options):
    options.setdefault("values", {"name": "Old"})
    options.setdefault("sources", frozenset({"cmdb"}))
    return CurrentRecord(id=f"id-{key}", version=3, **options)


def make_mapping(**changes):
    """A mapping of the columns Id, Name, Stage, Since, Note; ``changes`` replace parts of it."""
    data = {
        "name": "test",
        "title": {"en": "Test"},
        "identity": {"columns": ["Id"]},
        "fields": [
            {"field": "name", "from": ["Name"], "required": True},
            {"field": "stage", "from": ["Stage"], "read": "choice", "values": {"OM": ["In use", "Live."], "INC": []}},
            {"field": "go_live", "from": ["Since"], "read": "date", "unclear": "blank"},
        ],
        "ignored": {"Note": "not needed"},
        "blanks": ["N/A"],
    }
    return FieldMapping.parse({**data, **changes})


COLUMNS = name_columns(["Id", "Name", "Stage", "Since", "Note"])


def make_reader(**changes):
    return make_mapping(**changes).bind(COLUMNS)


def plain():
    return PlainFields(FIELDS)


def written(current, found, source):
    """The records after a plan was carried out."""
    after = dict(current)
    for outcome in found.outcomes:
        if outcome.kind in ("create", "change", "kept", "unchanged"):
            after[outcome.key] = applied(outcome, source)
    return after
