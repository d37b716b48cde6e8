"""One list as an address asks for it: rows, columns, chips, views, links. The address is the whole state."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window
from django.http import QueryDict
from django.utils.translation import gettext as _

from core import policy
from core.actor import Actor
from core.registers.bulk import BulkStep
from core.registers.columns import Column
from core.registers.filters import EMPTY, RegisterFilters, words_of
from core.registers.views import EVERYTHING, HERE, Tab, Views, state_of
from core.scope import Scope
from core.wording import inside

if TYPE_CHECKING:
    from core.registers.base import Register

OWN = ("q", "sort", "columns", "page", "as_of", "export", "view")
"""Parameters every list has; the filters' names come beside them."""
FORM_ONLY = ("up", "down")
CHIPS = 6
LONG_NUMBER = 10
"""Digits of a page number that is no page."""


@dataclass(frozen=True)
class Head:
    """A column head: its link sorts by it, or the other way round; ``sorted`` is ascending, descending or ""."""

    column: Column
    url: str
    sorted: str


@dataclass(frozen=True)
class Chip:
    """A filter: ``words`` when it is set (with the address that removes it), else a form behind a button."""

    name: str
    label: Any
    bound: Any
    words: str = ""
    remove: str = ""

    @property
    def alone(self) -> list["Chip"]:
        """Return the chip as the only field of its form."""
        return [self]


class Listing:
    """What the page, the export and the bulk steps share for one address."""

    def __init__(self, register: "Register", scope: Scope, actor: Actor, params: QueryDict, path: str, slug: str):
        self.register, self.scope, self.actor, self.path, self.slug = register, scope, actor, path, slug
        self.given = params
        self.ignored: list[str] = []
        self.shared: dict[str, Any] = {}
        self.params = self._understood(params)

    # The address ----------------------------------------------------------------------------------------------------

    @property
    def known(self) -> set[str]:
        """Return every parameter this list understands."""
        return {*OWN, *FORM_ONLY, *self.register.filters.base_filters}

    def _understood(self, given: QueryDict) -> QueryDict:
        """Return the parameters without empty ones and those the list does not know; the latter are named."""
        params = QueryDict(mutable=True)
        for name, values in given.lists():
            kept = [value for value in values if value.strip()]
            if name not in self.known:
                self.ignored.append(name)
            elif kept and name not in FORM_ONLY:
                params.setlist(name, kept)
        keys = self._chosen_keys(params.getlist("columns"), given)
        if keys and keys != self.default_keys:
            params["columns"] = ",".join(keys)
        else:
            params.pop("columns", None)
        if params.get("sort", "").lstrip("-") not in {column.key for column in self.register.columns}:
            if params.pop("sort", None):
                self.ignored.append("sort")
        return params

    def _chosen_keys(self, given: Iterable[str], moved: QueryDict) -> list[str]:
        """Return the columns asked for, the one whose button was pressed a place further up or down."""
        known = {column.key for column in self.register.columns}
        keys = [key for text in given for key in text.split(",")]
        self.ignored += ["columns"] if set(keys) - known else []
        keys = list(dict.fromkeys(key for key in keys if key in known))
        for name, by in (("up", -1), ("down", 1)):
            key = moved.get(name, "")
            if key in keys:
                at = keys.index(key)
                keys.insert(max(at + by, 0), keys.pop(at))
        return keys

    @property
    def canonical(self) -> str:
        """Return the address of this list with nothing superfluous."""
        return self.address()

    @property
    def is_canonical(self) -> bool:
        """Return whether the address was already that; forms send empty fields and boxes, which a redirect tidies."""
        if any(not value.strip() for values in dict(self.given.lists()).values() for value in values):
            return False
        return len(self.given.getlist("columns")) < 2 and not any(name in self.given for name in FORM_ONLY)

    def address(self, **changes: Any) -> str:
        """Return this address with parameters changed (None takes one away); a change begins at page 1 again."""
        query = self.params.copy()
        query.pop("export", None)
        if "page" not in changes:
            query.pop("page", None)
        for name, value in changes.items():
            query.pop(name, None)
            if value not in EMPTY:
                query.setlist(name, list(value) if isinstance(value, list | tuple) else [str(value)])
        if not set(query) - {"as_of"} and self.views.start:
            query["view"] = EVERYTHING  # the bare address is the start view's
        return f"{self.path}?{query.urlencode(safe=',')}" if query else self.path

    @property
    def state(self) -> str:
        """Return what a saved view keeps of this address: search, filters, sort and columns, in one order."""
        return state_of(self.params, self.register.sort)

    @property
    def everything(self) -> str:
        """Return the address of the list with nothing asked for."""
        return self.address(**dict.fromkeys(set(self.params) - {"as_of"}))

    @property
    def noun(self) -> str:
        """Return what the rows are, as in "Search 28 risks"."""
        return inside(self.register.noun or self.register.title)

    @property
    def hidden_for_search(self) -> list[tuple[str, str]]:
        """Return what the search form carries along."""
        return self.hidden("q")

    @property
    def hidden_for_columns(self) -> list[tuple[str, str]]:
        """Return what the columns form carries along."""
        return self.hidden("columns")

    @property
    def hidden_by_chip(self) -> list[tuple[str, str]]:
        """Return what a filter's form carries along; it leaves its own out."""
        return self.hidden()

    @property
    def without_filters(self) -> str:
        """Return the address with no filter and no search."""
        return self.address(**dict.fromkeys({*self.register.filters.base_filters, "q"}))

    @property
    def default_columns_url(self) -> str:
        """Return the address with the columns as they are by default."""
        return self.address(columns=None)

    @property
    def export_links(self) -> list[tuple[str, tuple[str, str]]]:
        """Return (kind, (words, address)) of each export."""
        words = (("csv", _("CSV")), ("xlsx", _("Excel (XLSX)")), ("json", _("JSON")))
        return [(kind, (word, self.address(export=kind))) for kind, word in words]

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters a small form carries along."""
        skip = {*without, "page", "export"}
        return [(name, value) for name, values in self.params.lists() if name not in skip for value in values]

    # Rows -----------------------------------------------------------------------------------------------------------

    @cached_property
    def filterset(self) -> RegisterFilters:
        """Return the filters; values that make no sense are left out and named."""
        found = self.register.filtered(self.scope, self.actor, self.params, self.shared)
        if not found.is_valid():
            for name in found.form.errors:
                self.ignored.append(name)
                self.params.pop(name, None)
            found = self.register.filtered(self.scope, self.actor, self.params, self.shared)
            found.is_valid()
        return found

    @cached_property
    def matching(self) -> QuerySet:
        """Return all matching rows, in no order."""
        return self.register.searched(self.filterset.qs, self.params.get("q", ""))

    @cached_property
    def rows(self) -> QuerySet:
        """Return all matching rows in order, with what the columns read."""
        return self.register.related(self.register.ordered(self.matching, self.params.get("sort", "")))

    @cached_property
    def total(self) -> int:
        """Return how many rows match; counted together with the views, or by the search that finds the page."""
        return self._hits[2] if self.is_searched else self.views.counts[HERE]

    @property
    def is_searched(self) -> bool:
        """Return whether words are searched for: to search costs the most, so it is done once for page and number."""
        return bool(self.params.get("q", "").strip()) and not self.matching.query.distinct

    @cached_property
    def _chosen(self) -> QuerySet:
        return self.register.ordered(self.matching, self.params.get("sort", "")).values_list("pk", flat=True)

    @cached_property
    def _hits(self) -> tuple[int, list[Any], int]:
        """(number of the asked page, keys of its rows, how many rows match); no keys beyond the last page."""
        asked = self.params.get("page", "")
        number = max(1, int(asked)) if asked.isdecimal() and len(asked) < LONG_NUMBER else 1
        start = (number - 1) * self.register.page_size
        counted = self._chosen.annotate(hits=Window(Count("*"))).values_list("pk", "hits")
        rows = list(counted[start : start + self.register.page_size])
        beyond = self.matching.count() if start and not rows else 0
        return number, [pk for pk, _hits in rows], rows[0][1] if rows else beyond

    @cached_property
    def page(self) -> Page:
        """Return the rows of the page the address asks for."""
        by_key = self.is_searched or bool(self.matching.query.annotations)
        paginator = Paginator(self._chosen if by_key else self.rows, self.register.page_size)
        paginator.__dict__["count"] = self.total
        page = paginator.get_page(self.params.get("page"))
        known = self.is_searched and self._hits[0] == page.number
        page.object_list = self._hits[1] if known else list(page.object_list)
        if by_key:
            # What rows carry beside their columns is reckoned for this page alone, not for all that are sorted.
            rows = self.register.related(self.filterset.qs.filter(pk__in=page.object_list)).in_bulk()
            page.object_list = [rows[pk] for pk in page.object_list if pk in rows]
        self.register.prepare(page.object_list, self.scope, self.slug)
        return page

    @cached_property
    def is_narrowed(self) -> bool:
        """Return whether a search or filter is set."""
        return bool(set(self.params) - (set(OWN) - {"q"}))

    @cached_property
    def is_empty(self) -> bool:
        """Return whether there is nothing at all yet (rather than nothing that matches)."""
        return not self.total and not self.is_narrowed

    # Columns --------------------------------------------------------------------------------------------------------

    @cached_property
    def default_keys(self) -> list[str]:
        """Return the columns shown when nothing is said."""
        return [column.key for column in self.register.columns if column.shown]

    @cached_property
    def columns(self) -> list[Column]:
        """Return the columns shown, in order."""
        keys = self.params.get("columns", "").split(",") if "columns" in self.params else self.default_keys
        found = (self.register.column(key) for key in keys)
        return [column for column in found if column is not None]

    @cached_property
    def other_columns(self) -> list[Column]:
        """Return the columns not shown."""
        return [column for column in self.register.columns if column not in self.columns]

    @property
    def sort(self) -> str:
        """Return the sort in force."""
        return self.params.get("sort") or self.register.sort

    @cached_property
    def heads(self) -> list[Head]:
        """Return the column heads with their sort links."""
        key, down = self.sort.lstrip("-"), self.sort.startswith("-")
        heads = []
        for column in self.columns:
            if not column.sorts(self.register.model):
                heads.append(Head(column, "", ""))
                continue
            now = ("descending" if down else "ascending") if column.key == key else ""
            heads.append(Head(column, self.address(sort=f"-{column.key}" if now == "ascending" else column.key), now))
        return heads

    @property
    def caption(self) -> str:
        """Return the table's caption: what it is and how it is sorted."""
        column = self.register.column(self.sort.lstrip("-"))
        if column is None:
            return str(self.register.title)
        words = (
            _("%(title)s, by %(column)s, descending") if self.sort.startswith("-") else _("%(title)s, by %(column)s")
        )
        return words % {"title": self.register.title, "column": column.label}

    # Filters and views ----------------------------------------------------------------------------------------------

    @cached_property
    def chips(self) -> list[Chip]:
        """Return the filters in the order of their declaration."""
        form, chips = self.filterset.form, []
        for name in self.filterset.filters:
            bound, value = form[name], form.cleaned_data.get(name)
            label = bound.label
            if value in EMPTY:
                chips.append(Chip(name, label, bound))
            else:
                chips.append(Chip(name, label, bound, words_of(bound, value), self.address(**{name: None})))
        return chips

    @property
    def set_chips(self) -> list[Chip]:
        """Return the filters that are set."""
        return [chip for chip in self.chips if chip.words]

    @property
    def open_chips(self) -> list[Chip]:
        """Return the first filters that are not set."""
        return [chip for chip in self.chips if not chip.words][: max(CHIPS - len(self.set_chips), 3)]

    @property
    def more_chips(self) -> list[Chip]:
        """Return the filters behind "More"."""
        return [chip for chip in self.chips if not chip.words][max(CHIPS - len(self.set_chips), 3) :]

    @cached_property
    def views(self) -> Views:
        """Return the views of the register, shipped and saved, as this address stands to them."""
        return Views(self)

    @property
    def tabs(self) -> list[Tab]:
        """Return the views as links, shipped ones with their counts."""
        return self.views.tabs

    # Doing ----------------------------------------------------------------------------------------------------------

    @cached_property
    def steps(self) -> list[BulkStep]:
        """Return the bulk steps this person may ever take; none in the past."""
        if self.scope.past:
            return []
        return [step for step in self.register.bulk if policy.could_ever(self.actor, step.permission)]

    @property
    def bulk_url(self) -> str:
        """Return where the picked rows are sent."""
        return self.address()
