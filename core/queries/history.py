"""History in words: what an entry says, which fields changed from what to what, with the names of that time."""

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Max, Q
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import records, registries, replay, when, wording, workflow
from core.actor import LINK, OPERATOR, PERSON, SERVICE, SYSTEM
from core.errors import NotFound
from core.models import ApiToken, Chain, Comment, Entry, Membership, Person, PersonName
from core.models.records import NAMED_BY_ID
from core.pages.history import Change
from core.queries import fields
from core.scope import Scope

TECHNICAL = frozenset(
    "id management_system version created_at updated_at created_by field_owners name_number content_hash "
    "record_type record_id record_ref".split()
)
DOORS: dict[str, Any] = {
    "page": gettext_lazy("page"), "api": gettext_lazy("API"), "command": gettext_lazy("command line"),
    "job": gettext_lazy("job"), "demo": gettext_lazy("demonstration"), "import": gettext_lazy("import"),
    "link": gettext_lazy("link"),
}  # fmt: skip
OPS: dict[str, Any] = {
    Entry.CREATE: gettext_lazy("%(what)s added"),
    Entry.UPDATE: gettext_lazy("%(what)s changed"),
    Entry.DELETE: gettext_lazy("%(what)s deleted"),
}
LONGEST = 300
UNDONE = "core.undo"
COMMENT = records.type_of(Comment)
MENTION = re.compile(NAMED_BY_ID)
BLANK: tuple[Any, ...] = (None, "", [], {})
_words: dict[str, Any] = {
    "management-systems.create": gettext_lazy("Management system started"),
    "core.profile.change": gettext_lazy("Settings changed"),
    "core.profile.dress": gettext_lazy("Look of reports changed"),
    "core.undo": gettext_lazy("Step undone"),
    "people.join": gettext_lazy("Made a member"),
    "people.change": gettext_lazy("Roles or dates changed"),
    "people.leave": gettext_lazy("Membership ended"),
    "people.hand_over": gettext_lazy("Handed over"),
    "people.invite": gettext_lazy("Invited"),
    "people.accept-invitation": gettext_lazy("Invitation accepted"),
    "people.withdraw-invitation": gettext_lazy("Invitation withdrawn"),
    "tokens.create": gettext_lazy("Token made"),
    "tokens.revoke": gettext_lazy("Token revoked"),
    "views.save": gettext_lazy("View saved"),
    "views.change": gettext_lazy("View changed"),
    "views.delete": gettext_lazy("View deleted"),
    "views.start": gettext_lazy("Start view chosen"),
    "comments.say": gettext_lazy("Commented"),
    "comments.withdraw": gettext_lazy("Comment taken back"),
    "imports.save-mapping": gettext_lazy("Mapping kept"),
    "imports.delete-mapping": gettext_lazy("Mapping forgotten"),
}


def say(words: Mapping[str, Any]) -> None:
    """Register what actions are called: ``say({"risks.register": _("Registered")})``."""
    _words.update(words)


def type_label(record_type: str) -> str:
    """Return what a record type is called."""
    address = registries.address_of(record_type)
    if address is not None:
        return str(address.label)
    model = records.record_models().get(record_type)
    name = str(model._meta.verbose_name) if model is not None else record_type.rpartition(".")[2]
    return name[:1].upper() + name[1:]


def action_words(entry: Entry) -> str:
    """Return an entry's action in words: registered words, else the step's label, else added, changed, deleted."""
    if entry.action in _words:
        return str(_words[entry.action])
    model = records.record_models().get(entry.record_type)
    if model is not None and entry.action.startswith(f"{entry.record_type}."):
        try:
            step = workflow.workflow_of(model).step(entry.action.rpartition(".")[2])
            return str(step.label or step.name.replace("_", " ").capitalize())
        except NotFound:
            pass
    return OPS[entry.op] % {"what": type_label(entry.record_type)}


def entries(scope: Scope) -> models.QuerySet[Entry]:
    """Return the entries of a management system up to the scope's moment."""
    own = Chain.objects.filter(management_system_id=scope.management_system_id).values("pk")[:1]
    return Entry.objects.filter(chain=own, seq__lte=scope.seq)


def entries_of(scope: Scope, record: models.Model) -> models.QuerySet[Entry]:
    """Return the entries of one record, newest first."""
    own = entries(scope).filter(record_type=records.type_of(record), record_id=str(record.pk))
    return own.order_by("-seq")


def history_of(scope: Scope, record: models.Model, slug: str, limit: int = 50) -> list[Change]:
    """Return a record's history for ``{% history changes %}``, newest first."""
    return told(list(entries_of(scope, record)[:limit]), scope, slug, with_links=False)


def briefly(found: Iterable[Change]) -> list[Change]:
    """Return changes of which the one that added the record says only so, not every field it was added with."""
    return [replace(one, rows=()) if one.first else one for one in found]


def told(found: Sequence[Entry], scope: Scope, slug: str, *, with_links: bool = True) -> list[Change]:
    """Return entries in words: who, when, through which door, and each changed field from old to new."""
    reader = Reader(scope, slug)
    pairs = reader.pairs(found, with_links=with_links)
    reader.gather(pairs)
    return [reader.change(entry, before, with_links=with_links) for entry, before in pairs]


@dataclass
class Reader:
    """Reads many entries with a fixed number of queries: earlier states, people's names, linked records."""

    scope: Scope
    slug: str
    names: dict[str, list[PersonName]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)

    def pairs(self, found: Sequence[Entry], *, with_links: bool = True) -> list[tuple[Entry, Entry | None]]:
        """Return each entry with the one before it of the same record; ``with_links`` notes who is deleted in the end.

        The entries of deleted records lead nowhere.
        """
        if not found:
            return []
        chain = found[0].chain_id
        known: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in found:
            known[entry.record_type, entry.record_id].append(entry)
        first = {key: min(own, key=lambda one: one.seq) for key, own in known.items()}
        oldest = {key: one.seq for key, one in first.items() if one.op != Entry.CREATE}
        wanted = Q(seq__in=self._last_words(found), op=Entry.DELETE) if with_links else Q(pk__in=())
        if oldest:
            earlier = Entry.objects.filter(chain=chain).filter(_before(oldest)).values("record_type", "record_id")
            wanted |= Q(seq__in=earlier.annotate(last=Max("seq")).values("last"))
        for entry in Entry.objects.filter(wanted, chain=chain):
            key = entry.record_type, entry.record_id
            if entry.seq < oldest.get(key, 0):
                known[key].append(entry)
            if entry.op == Entry.DELETE and all(one.seq <= entry.seq for one in known.get(key, ())):
                self.gone.add(key)
        return [(entry, _previous(entry, known[entry.record_type, entry.record_id])) for entry in found]

    def _last_words(self, found: Iterable[Entry]) -> models.QuerySet:
        """Return the last entry, up to the scope's moment, of each record that entries are about."""
        known = entries(self.scope).filter(record_id__in={about(entry)[1] for entry in found})
        return known.values("record_type", "record_id").annotate(last=Max("seq")).values("last")

    def gather(self, pairs: Iterable[tuple[Entry, Entry | None]]) -> None:
        """Look up, once for all, the people and records that the states name."""
        people: set[str] = set()
        tokens: set[str] = set()
        links: dict[type[models.Model], set[str]] = defaultdict(set)
        for pair in pairs:
            entry = pair[0]
            (people if entry.actor_kind == PERSON else tokens).add(entry.actor_id)
            for one in pair:
                if one is not None:
                    _note(one, people, links)
        for row in PersonName.objects.filter(person_id__in=_ids(people)).order_by("valid_from"):
            self.names.setdefault(str(row.person_id), []).append(row)
        made = ApiToken.objects.filter(management_system_id=self.scope.management_system_id, pk__in=_ids(tokens))
        self.tokens = {str(pk): name for pk, name in made.values_list("pk", "name")}
        for kind in {entry.actor_kind for entry, _before in pairs}:
            for _name, names_of in registries.actors.get(kind):
                self.tokens |= names_of(self.scope.management_system_id, _ids(tokens))
        for model, ids in links.items():
            for record in model._default_manager.filter(pk__in=_ids(ids)):
                self.labels[records.type_of(model), str(record.pk)] = getattr(record, "ref", "") or str(record)

    def name(self, person_id: str, at: dt.datetime) -> str:
        """Return the name somebody bore then; erased people have none."""
        borne = [row for row in self.names.get(person_id, ()) if row.valid_from <= at] or self.names.get(person_id, [])
        return borne[-1].name if borne else _("Somebody (erased)")

    def who(self, entry: Entry) -> str:
        """Return who did it."""
        if entry.actor_kind == PERSON:
            return self.name(entry.actor_id, entry.at)
        if entry.actor_kind == SERVICE:
            return _("Token %(name)s") % {"name": self.tokens.get(entry.actor_id, entry.actor_id[:8])}
        if entry.actor_kind == LINK:
            return _("Somebody by the link %(name)s") % {"name": self.tokens.get(entry.actor_id, entry.actor_id[:8])}
        return {OPERATOR: _("Operator"), SYSTEM: _("AIMS 42")}.get(entry.actor_kind, entry.actor_kind)

    def change(self, entry: Entry, before: Entry | None, *, with_links: bool = True) -> Change:
        """Return one entry in words."""
        return Change(
            what=action_words(entry),
            who=self.who(entry),
            at=entry.at,
            door=str(DOORS.get(entry.door, entry.door)),
            reason="" if entry.action == UNDONE else entry.reason,  # an undoing names the step it undid by its id
            ref=self.subject(entry, before) if with_links else "",
            url=self.url(entry) if with_links else "",
            rows=self.rows(entry, before),
            then=self.then(entry, with_links),
            first=entry.op == Entry.CREATE,
        )

    def subject(self, entry: Entry, before: Entry | None) -> str:
        """Return what the entry is about: its reference, else the record's name or title then."""
        if entry.ref:
            return entry.ref
        found = state(entry) or state(before)
        if entry.record_type == records.type_of(Membership) and found.get("person"):
            return self.name(str(found["person"]), entry.at)
        return str(found.get("name") or found.get("title") or "")[:80]

    def url(self, entry: Entry) -> str:
        """Return the page of the entry's record; "" when it has none or is deleted."""
        return "" if about(entry) in self.gone else self.page(entry)

    def then(self, entry: Entry, with_links: bool) -> str:
        """Return the page of the entry's record as it was after it; "" when it has none or was deleted by it."""
        page = self.page(entry) if with_links else ""
        address = registries.address_of(about(entry)[0])
        if entry.op == Entry.DELETE or (with_links and not (page and address and address.dated)):
            return ""
        return f"{page}{at_moment(entry.at)}"

    def page(self, entry: Entry) -> str:
        """Return the address of the record's page, whether or not the record is still there."""
        if entry.record_type == COMMENT:
            return registries.url_of(about(entry)[0], entry.ref, self.slug)
        address = registries.address_of(entry.record_type)
        if address is None:
            return ""
        known = {"ref": entry.ref, "pk": entry.record_id, "id": entry.record_id}
        value = known[address.by] if address.by in known else state(entry).get(address.by)
        return address.url(self.slug, value) if value not in BLANK else ""

    def rows(self, entry: Entry, before: Entry | None) -> list[tuple[str, str, str]]:
        """Return (field, old, new) in words of every field that changed."""
        old, new = state(before), state(entry)
        model = records.record_models().get(entry.record_type)
        found = []
        for name in sorted(set(old) | set(new)):
            if name in TECHNICAL or old.get(name) == new.get(name) or (before is None and new[name] is False):
                continue
            at = before.at if before is not None else entry.at
            words = (self.said(model, name, old, at), self.said(model, name, new, entry.at))
            if words[0] != words[1]:
                found.append((fields.label(model, name), *words))
        return found

    def said(self, model: type[models.Model] | None, name: str, held: Mapping[str, Any], at: dt.datetime) -> str:
        """Return a field of a stored state as people say it."""
        value, how = held.get(name), fields.reads(model, name)
        if how is None or value in BLANK:
            return self.words(model, name, value, at)
        return how(value, held, self.scope.zone)

    def words(self, model: type[models.Model] | None, name: str, value: Any, at: dt.datetime) -> str:
        """Return a stored value as people say it."""
        if value in BLANK:
            return ""
        if model is Comment and name == "text":
            return MENTION.sub(lambda found: f"@{self.name(found[1], at)}", str(value))
        target = _target(model, name)
        if isinstance(value, dict):
            filled = ((key, one) for key, one in value.items() if one not in BLANK)
            said = ((fields.called(key), _plain_words(None, name, one, self.scope.zone)) for key, one in filled)
            return ", ".join(map(" ".join, said))
        if isinstance(value, list):
            return ", ".join(self.words(model, name, one, at) for one in value)
        if target is Person:
            return self.name(str(value), at)
        if target is not None:
            return self.labels.get((records.type_of(target), str(value)), _("a record no longer there"))
        return _plain_words(model, name, value, self.scope.zone)


def about(entry: Entry) -> tuple[str, str]:
    """Return (type, id) of the record an entry is about: of a comment, what it was said about."""
    if entry.record_type != COMMENT:
        return entry.record_type, entry.record_id
    found = state(entry)
    return str(found.get("record_type", "")), str(found.get("record_id", ""))


def at_moment(moment: dt.datetime) -> str:
    """Return the query of a page as it was at a moment."""
    return f"?{urlencode({'as_of': moment.isoformat()})}"


def state(entry: Entry | None) -> dict[str, Any]:
    """Return an entry's state, lifted to the present schema; nothing for deleted and erased ones."""
    if entry is None or not entry.state:
        return {}
    kept = vars(entry)
    if "lifted" not in kept:
        kept["lifted"] = replay.read_state(entry.record_type, entry.schema, entry.state)
    found: dict[str, Any] = kept["lifted"]
    return found


def _plain_words(model: type[models.Model] | None, name: str, value: Any, zone: dt.tzinfo) -> str:
    try:
        column = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        column = None
    choices = settings.LANGUAGES if name == "language" else getattr(column, "flatchoices", ())
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    code = str(value)
    for known, label in choices:
        if str(known) == code:
            return str(label)
    if isinstance(column, models.DateTimeField):
        return when.moment_text(dt.datetime.fromisoformat(str(value)), zone)
    if isinstance(column, models.DateField):
        return when.day_text(dt.date.fromisoformat(str(value)))
    if model is Membership and name == "roles":
        return str(Membership.ROLE_NAMES.get(value, value))
    text = _nested(value, zone)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _nested(value: Any, zone: dt.tzinfo) -> str:
    """What lies inside a stored value, in a line."""
    if isinstance(value, dict):
        filled = ((key, one) for key, one in value.items() if one not in BLANK)
        return "; ".join(f"{fields.called(key)}: {_plain_words(None, key, one, zone)}" for key, one in filled)
    if isinstance(value, list):
        return ", ".join(_plain_words(None, "", one, zone) for one in value)
    return wording.number(value) if isinstance(value, int) else str(value)


@lru_cache(1000)
def _target(model: type[models.Model] | None, name: str) -> type[models.Model] | None:
    try:
        return model._meta.get_field(name).related_model if model is not None else None
    except FieldDoesNotExist:
        return None


def _note(entry: Entry, people: set[str], links: dict[type[models.Model], set[str]]) -> None:
    model = records.record_models().get(entry.record_type)
    for name, value in state(entry).items():
        if model is Comment and name == "text":
            people |= set(MENTION.findall(str(value)))
        target = _target(model, name)
        if target is None or name in TECHNICAL:
            continue
        ids = {str(one) for one in (value if isinstance(value, list) else [value]) if one}
        if target is Person:
            people |= ids
        else:
            links[target] |= ids


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _before(oldest: dict[tuple[str, str], int]) -> Q:
    wanted = Q(pk__in=())
    for (kind, pk), seq in oldest.items():
        wanted |= Q(record_type=kind, record_id=pk, seq__lt=seq)
    return wanted


def _previous(entry: Entry, own: list[Entry]) -> Entry | None:
    earlier = [one for one in own if one.seq < entry.seq]
    return max(earlier, key=lambda one: one.seq) if earlier else None


def chain_of(scope: Scope) -> Chain:
    """Return the chain of the scope's management system."""
    return Chain.objects.get(management_system_id=scope.management_system_id)
