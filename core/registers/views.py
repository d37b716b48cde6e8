"""Views of a register: those it ships with and those people saved; each is an address with a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.http import QueryDict

from core import counting, policy
from core.actor import Actor
from core.models import SavedView, StartView
from core.scope import Scope

if TYPE_CHECKING:
    from core.registers.base import Register
    from core.registers.listing import Listing

EVERYTHING = "all"
"""``?view=all`` is the whole register for somebody who begins it with a view of their own."""
HERE = ""
"""Key of the address itself among the counts of views."""
NOT_KEPT = frozenset({"page", "as_of", "export", "view"})


def state_of(params: QueryDict, usual_sort: str) -> str:
    """Return what a view keeps of an address, always in the same order, so that two can be compared."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(params) - NOT_KEPT):
        if name != "sort" or params["sort"] != usual_sort:
            kept.setlist(name, sorted(params.getlist(name)))
    return kept.urlencode(safe=",")


def kept_of(register: "Register", scope: Scope, actor: Actor, asked: QueryDict, slug: str) -> str:
    """Return what a view of the register would keep of an address, without what the register does not know."""
    listing = register.listing(scope, actor, asked.copy(), "", slug)
    listing.filterset  # noqa: B018 (leaves out what makes no sense)
    return listing.state


@dataclass(frozen=True)
class Tab:
    """A named view as a link; a saved one says whether it is shared, begun with, and changed since it was saved."""

    label: Any
    url: str
    current: bool
    count: int | None = None
    saved: SavedView | None = None
    changed: bool = False


class Views:
    """The views of a register as one address stands to them."""

    def __init__(self, listing: "Listing") -> None:
        self.listing = listing

    # Saved ones -----------------------------------------------------------------------------------------------------

    @cached_property
    def saved(self) -> list[Any]:
        """Return the person's own and the shared views, by name, saying which one they begin with; one query.

        Views are tools of the present also where a past moment is read.
        """
        actor = self.listing.actor
        begins = StartView.objects.visible_to(actor).filter(view=OuterRef("pk"), person=actor.person_id)
        rows = SavedView.objects.offered_to(actor).filter(register=self.listing.register.key)
        return list(rows.annotate(begins=Exists(begins)).order_by("-shared", "name"))

    @property
    def start(self) -> Any:
        """Return the view the person begins with, or None."""
        return next((view for view in self.saved if view.begins), None)

    @cached_property
    def current(self) -> Any:
        """Return the saved view this address is in: the one it names, else one that shows exactly this."""
        named = self.listing.params.get("view", "")
        found = next((view for view in self.saved if str(view.pk) == named), None)
        if found is not None or named or not self.state or any(self._is(one) for one in self.shipped):
            return found
        return next((view for view in self.saved if view.query == self.state), None)

    @property
    def changed(self) -> bool:
        """Return whether the address shows something else than the saved view it is in."""
        return self.current is not None and self.current.query != self.state

    @property
    def state(self) -> str:
        """Return what a view would keep of this address."""
        return self.listing.state

    def url_of(self, view: SavedView) -> str:
        """Return the address of a saved view; the moment that is read stays."""
        return url_of(view, self.listing.path, self.listing.params.get("as_of", ""))

    @property
    def current_url(self) -> str:
        """Return the address of the saved view this address is in."""
        return self.url_of(self.current)

    @property
    def may_save(self) -> bool:
        """Return whether the reader may keep this address."""
        return not self.listing.scope.past and policy.allows(self.listing.actor, "core.save_views")

    @property
    def may_share(self) -> bool:
        """Return whether the reader may share what they save."""
        return policy.allows(self.listing.actor, "core.share_views")

    @property
    def may_change(self) -> bool:
        """Return whether the reader may keep this address in the view it is in."""
        return self.may_save and self.current is not None and (not self.current.shared or self.may_share)

    # Shipped ones ---------------------------------------------------------------------------------------------------

    @cached_property
    def shipped(self) -> list[Any]:
        """Return the views the register ships with, as far as the reader may see them."""
        views, actor = self.listing.register.views, self.listing.actor
        return [view for view in views if not view.permission or policy.allows(actor, view.permission)]

    @cached_property
    def tabs(self) -> list[Tab]:
        """Return all views as links; the shipped ones with their counts, all counted in one query."""
        current = self.current
        tabs = [
            Tab(view.label, self._shipped_url(view), current is None and self._is(view), self.counts.get(view.key))
            for view in self.shipped
        ]
        return tabs + [
            Tab(view.name, self.url_of(view), view is current, saved=view, changed=view is current and self.changed)
            for view in self.saved
        ]

    def _asked(self, view: Any) -> QueryDict:
        asked = QueryDict(mutable=True)
        for name, value in view.params.items():
            asked.setlist(name, [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)])
        return asked

    def _shipped_url(self, view: Any) -> str:
        asked, listing = self._asked(view), self.listing
        if not asked and self.start:
            asked["view"] = EVERYTHING
        if "as_of" in listing.params:
            asked["as_of"] = str(listing.params["as_of"])
        return f"{listing.path}?{asked.urlencode(safe=',')}" if asked else listing.path

    def _is(self, view: Any) -> bool:
        free = {*NOT_KEPT, "sort", "columns"}
        wanted = {name: sorted(values) for name, values in self._asked(view).lists() if name not in free}
        return wanted == {name: sorted(values) for name, values in self.listing.params.lists() if name not in free}

    @cached_property
    def counts(self) -> dict[str, int]:
        """Return how many rows each shipped view holds, and this address (HERE) unless its search counts them."""
        return counting.counted(self.countable)

    @cached_property
    def countable(self) -> dict[str, QuerySet]:
        """Return the rows that are counted: of each shipped view that asks for it, and of this address (HERE)."""
        listing = self.listing
        rows = {} if listing.is_searched else {HERE: listing.matching}
        for view in self.shipped:
            if view.counted:
                params = self._asked(view)
                asked = listing.register.filtered(listing.scope, listing.actor, params, listing.shared, only_asked=True)
                rows[view.key] = listing.register.searched(asked.qs, params.get("q", ""))
        return rows


def numbers(register: "Register", scope: Scope, actor: Actor, asked: Sequence[QueryDict]) -> list[int]:
    """Return how many rows a register shows for each of many addresses of filters that choose; one pass over the rows.

    The conditions are those of the register's own filters, so that a number is what its list shows.
    """
    rows = register.model._default_manager.of(scope)  # type: ignore[attr-defined]
    chosen = register.filters(QueryDict(), rows, scope=scope, actor=actor).filters
    counts = {}
    for at, params in enumerate(asked):
        conditions = [chosen[name].condition(values) for name, values in params.lists()]
        counts[f"n{at}"] = Count(Value(1), filter=Q(*conditions))
    found = rows.aggregate(**counts)
    return [found[f"n{at}"] for at in range(len(asked))]


def url_of(view: SavedView, path: str, as_of: str = "") -> str:
    """Return the address of a saved view: everything it keeps, and its name in the list."""
    query = QueryDict(view.query, mutable=True)
    query["view"] = str(view.pk)
    if as_of:
        query["as_of"] = as_of
    return f"{path}?{query.urlencode(safe=',')}"
