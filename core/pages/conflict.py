"""Two people edited one record: what the other stored beside what this one typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import models, when


@dataclass(frozen=True)
class ConflictRow:
    """One field that differs, in words."""

    label: Any
    theirs: str
    yours: str


@dataclass(frozen=True)
class Conflict:
    """Who changed the record since it was opened, when, and the fields that differ."""

    who: str
    at: Any
    rows: list[ConflictRow]
    version: int | None
    parts: dict[str, Any] = field(default_factory=dict)
    """Versions of the records that the form holds beside its own, by field."""

    @classmethod
    def of(cls, form: Any, stored: Mapping[str, Any], record: Any) -> "Conflict":
        """Compare the stored values with the typed ones."""
        rows = []
        for name, theirs in stored.items():
            if name not in form.fields or form[name].is_hidden:
                continue
            if not form.fields[name].has_changed(theirs, form[name].data):
                continue
            rows.append(
                ConflictRow(
                    form.fields[name].label or name,
                    words(form.fields[name], theirs),
                    words(form.fields[name], form[name].data),
                )
            )
        entry = _last_entry(record)
        parts = {name: theirs for name, theirs in stored.items() if name.endswith("_version")}
        return cls(_author(entry), entry.at if entry else None, rows, getattr(record, "version", None), parts)

    def renewed(self, form: Any) -> Any:
        """Return the form with the new version: saving again now means having seen the difference."""
        data = form.data.copy()
        data[form.add_prefix("version")] = "" if self.version is None else str(self.version)
        for name, version in self.parts.items():
            data[form.add_prefix(name)] = "" if version is None else str(version)
        form.data = data
        return form


def words(field: Any, value: Any) -> str:
    """Return a field's value as a person reads it: the label of a choice, a date in words."""
    prepared = field.prepare_value(value)
    values = prepared if isinstance(prepared, (list, tuple, set)) else [prepared]
    flat = {str(key): str(label) for key, label in _flat(getattr(field, "choices", ()))}
    return ", ".join(flat.get(str(one), str(one)) for one in values if one not in (None, ""))


def _flat(choices: Any) -> Any:
    for key, label in choices or ():
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label


def _last_entry(record: Any) -> Any:
    if record is None or record.pk is None:
        return None
    return models.Entry.objects.filter(record_id=str(record.pk)).order_by("-seq").first()


def _author(entry: Any) -> str:
    if entry is None or not entry.actor_id:
        return ""
    return when.name_of(models.Person.objects.filter(pk=entry.actor_id).first())
