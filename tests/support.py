"""Instruments: what changed in the whole database, every route there is."""

import re
import uuid
from collections import Counter
from contextlib import contextmanager

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core import canonical, records
from core.models import Entry


def table_rows(model):
    """pk → digest of all columns, of one table."""
    names = [field.attname for field in model._meta.concrete_fields]
    rows = {}
    for values in model._default_manager.values_list(*names):
        rows[str(values[names.index(model._meta.pk.attname)])] = canonical.digest(repr(values).encode())
    return rows


def everything():
    """Model → rows, of every table of the database."""
    models = {model for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return {model: table_rows(model) for model in models}


def differences(before, after):
    """Model → pks that were added, changed or removed."""
    found = {}
    for model, rows in after.items():
        old = before.get(model, {})
        changed = {pk for pk in {**old, **rows} if old.get(pk) != rows.get(pk)}
        if changed:
            found[model] = changed
    return found


@contextmanager
def one_entry_per_write():
    """Check that what happens inside leaves exactly one entry per record written, and no entry without a write."""
    before, last = everything(), Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    yield
    changed = differences(before, everything())
    written = Counter()
    for model in records.record_models().values():
        private = sorted(getattr(model, "ledger_private", ()))
        for pk in changed.get(model, ()):
            if not only_private(model, pk, before, private):
                written[records.type_of(model), pk] += 1
    entries = Counter(Entry.objects.filter(id__gt=last).values_list("record_type", "record_id"))
    many = {key: n for key, n in entries.items() if n > 1}
    assert not many, f"more than one entry for {many}"
    assert set(written) <= set(entries), f"written without an entry: {set(written) - set(entries)}"
    ghosts = {
        key for key in set(entries) - set(written) if not Entry.objects.filter(record_id=key[1], op="delete").exists()
    }
    assert not linked_only(ghosts, changed), f"entries without a write: {ghosts}"


def linked_only(ghosts, changed):
    """Entries whose record row is unchanged although no link row changed either."""
    links = any(model in changed for model in records.link_models())
    return ghosts if not links else set()


def only_private(model, pk, before, private):
    """Whether a row that changed has the state of its last entry: only columns outside the ledger moved."""
    if not private or pk not in before.get(model, {}):
        return False
    row = model._default_manager.filter(pk=pk).first()
    last = Entry.objects.filter(record_type=records.type_of(model), record_id=pk).order_by("-id").first()
    if row is None or last is None:
        return False
    links = records.read_links(model, [row.pk])[str(row.pk)]
    return canonical.text(records.state_of(row, links)) == last.state


SAMPLES = {
    "slug": "here", "pk": str(uuid.UUID(int=7)), "ref": "RSK-1", "name": "x", "code": "A.2.2", "wanted": "json",
    "kind": "RPT-SOA", "step": "submit", "verb": "finish", "which": "annex-a",
    "key": "nokey", "uidb36": "x", "source": "src", "path": "x",
}  # fmt: skip


def routes():
    """(full name, address with sample values, has a slug, callback) of every route."""
    yield from _walk(get_resolver(), "", [])


def _walk(resolver, namespace, before):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner, [*before, pattern])
        elif isinstance(pattern, URLPattern) and pattern.name:
            route = "".join(str(p.pattern) for p in (*before, pattern))
            names = re.findall(r"<(?:\w+:)?(\w+)>", route) + re.findall(r"\?P<(\w+)>", route)
            kwargs = {name: sample(name, route) for name in dict.fromkeys(names)}
            try:
                address = reverse(f"{namespace}{pattern.name}", kwargs=kwargs)
            except Exception as error:
                raise AssertionError(
                    f"{namespace}{pattern.name}: give tests/support.SAMPLES a value ({error})"
                ) from error
            yield f"{namespace}{pattern.name}", address, "slug" in names, pattern.callback


def sample(name, route):
    """A value that fits the converter."""
    converter = re.search(rf"<(\w+):{name}>", route)
    if converter and converter[1] == "uuid":
        return str(uuid.UUID(int=7))
    if converter and converter[1] == "int":
        return 7
    return SAMPLES.get(name, "x")
