"""Views of registers: saved, renamed, shared, deleted, begun with."""

from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.change import Change, change
from core.errors import Forbidden, NotFound
from core.models import SavedView, StartView

MOST = 30
"""Most views of one register that one person keeps, and that are shared."""


def save_view(
    *, actor: Actor, register: str, name: str, query: str, shared: bool = False, start: bool = False
) -> SavedView:
    """Keep an address of a register under a name. Raises Forbidden, ValidationError."""
    _require(actor, shared=shared)
    with change(actor, "views.save") as unit:
        view = SavedView(
            management_system_id=unit.management_system_id, person_id=_who(actor),
            register=register, query=query, shared=shared,
        )  # fmt: skip
        _check(view, name)
        unit.save(view)
        if start:
            _begin_with(unit, view)
    return view


def change_view(*, actor: Actor, view: SavedView, expected_version: int | None = None, **values: Any) -> SavedView:
    """Rename a view, share it or take it back, keep another address in it (``name``, ``shared``, ``query``).

    Views that are or become shared are changed by those who may share; a view taken back is theirs who saved it.
    Raises Forbidden, NotFound, Stale, ValidationError.
    """
    with change(actor, "views.change") as unit:
        fresh = _fetched(unit, view, expected_version)
        _require(actor, shared=fresh.shared or values.get("shared", False))
        fresh.shared = values.get("shared", fresh.shared)
        fresh.query = values.get("query", fresh.query)
        _check(fresh, values.get("name", fresh.name))
        if not fresh.shared:
            _begin_no_more(unit, fresh, StartView.objects.exclude(person=fresh.person))
        return unit.save(fresh)


def start_with(*, actor: Actor, view: SavedView, start: bool) -> None:
    """Begin the view's register with it from now on, or as shipped again. Raises Forbidden, NotFound."""
    _require(actor)
    with change(actor, "views.start") as unit:
        fresh = _fetched(unit, view, None)
        if start:
            _begin_with(unit, fresh)
        else:
            _begin_no_more(unit, fresh, StartView.objects.filter(person_id=_who(actor)))


def delete_view(*, actor: Actor, view: SavedView, expected_version: int | None = None) -> None:
    """Delete a view; who began with it begins as shipped. Raises Forbidden, NotFound, Stale."""
    with change(actor, "views.delete") as unit:
        fresh = _fetched(unit, view, expected_version)
        _require(actor, shared=fresh.shared)
        _begin_no_more(unit, fresh, StartView.objects.all())
        unit.delete(fresh)


def _who(actor: Actor) -> Any:
    """Return the id of the person; those who may save are people."""
    return actor.person_id


def _require(actor: Actor, *, shared: bool = False) -> None:
    policy.require(actor, "core.save_views")
    if actor.person_id is None:
        raise Forbidden("core.save_views", _("Views belong to people. Use a token that acts for one."))
    if shared:
        policy.require(actor, "core.share_views")


def _fetched(unit: Change, view: SavedView, version: int | None) -> SavedView:
    """Return the present view; somebody else's own is not there."""
    fresh = unit.fetch(SavedView, view.pk, version)
    if not fresh.shared and fresh.person_id != _who(unit.actor):
        raise NotFound
    return fresh


def _check(view: SavedView, name: str) -> None:
    view.name = " ".join(name.split())
    if not view.name:
        raise ValidationError({"name": _("Enter a name that says what the view shows.")})
    if "\x00" in unquote(view.query):
        raise ValidationError(_("This address holds a character that no list understands."))
    if len(view.query) > SavedView.LONGEST:
        raise ValidationError(_("This is more than a view keeps. Take some filters or words away."))
    same = SavedView.objects.filter(management_system_id=view.management_system_id, register=view.register)
    same = same.filter(shared=True) if view.shared else same.filter(shared=False, person=view.person)
    same = same.exclude(pk=view.pk)
    if same.filter(name=view.name).exists():
        raise ValidationError({"name": _("There is a view with this name already. Choose another.")})
    if same.count() >= MOST:
        raise ValidationError(_("There are %(n)d views of this register. Delete one first.") % {"n": MOST})


def _begin_with(unit: Change, view: SavedView) -> None:
    rows = StartView.objects.filter(management_system_id=view.management_system_id, register=view.register)
    found = rows.filter(person_id=_who(unit.actor)).first()
    found = found or StartView(register=view.register, person_id=_who(unit.actor))
    found.view = view
    unit.save(found)


def _begin_no_more(unit: Change, view: SavedView, among: QuerySet[StartView]) -> None:
    for row in among.filter(view=view):
        unit.delete(row)


def begun_with(actor: Actor) -> set[Any]:
    """Return the ids of the views the actor begins registers with."""
    return set(StartView.objects.visible_to(actor).filter(person_id=_who(actor)).values_list("view_id", flat=True))


def beginners(view: SavedView) -> int:
    """Return how many people begin with a view."""
    return StartView.objects.filter(view=view).count()
