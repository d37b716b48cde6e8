"""A register: what is listed, as data. Pages, exports, bulk steps and the API read the same class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.http import QueryDict

from core import jobs
from core.actor import Actor
from core.registers import export
from core.registers.bulk import BulkStep
from core.registers.columns import Column
from core.registers.filters import RegisterFilters, inside, multiplies
from core.registers.listing import Listing
from core.scope import Scope

_registers: dict[str, "Register"] = {}


@dataclass(frozen=True)
class View:
    """A named view: parameters of the address (``{"owner": "me"}``), a link above the list with its count."""

    key: str
    label: Any
    params: Mapping[str, Any] = field(default_factory=dict)
    permission: str = ""
    counted: bool = True


class Register:
    """Subclass and say what is listed; the class registers itself under ``key``.

    ``key``, ``model``, ``title`` and ``columns`` are needed. ``noun`` completes "Search 28 …". ``place`` is the
    URL name of its page, to which saved views lead. ``search`` names ORM paths. ``sort`` is a column key, "-" before
    it for descending. ``select`` and ``prefetch`` keep the number of queries constant. ``permission`` is what reading
    needs.
    """

    key: ClassVar[str] = ""
    model: ClassVar[type[Model]]
    title: ClassVar[Any] = ""
    noun: ClassVar[Any] = ""
    place: ClassVar[str] = ""
    caption: ClassVar[Any] = ""
    permission: ClassVar[str] = "core.read"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[type[RegisterFilters]] = RegisterFilters
    search: ClassVar[Sequence[str]] = ()
    sort: ClassVar[str] = ""
    views: ClassVar[Sequence[View]] = ()
    bulk: ClassVar[Sequence[BulkStep]] = ()
    select: ClassVar[Sequence[str]] = ()
    prefetch: ClassVar[Sequence[Any]] = ()
    ties: ClassVar[Sequence[str]] = ("created_at", "pk")
    page_size: ClassVar[int] = 50
    blank_title: ClassVar[Any] = ""
    blank_text: ClassVar[Any] = ""
    blank_url: ClassVar[str] = ""
    blank_button: ClassVar[Any] = ""
    blank_permission: ClassVar[str] = ""
    blank_minutes: ClassVar[int] = 0

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Check the declaration and make the register known."""
        super().__init_subclass__(**kwargs)
        if not cls.key:
            return
        for column in cls.columns:
            if callable(column.value) and column.sort is None:
                raise TypeError(f"{cls.__name__}: column {column.key} needs sort= (an ORM path, or () for none)")
        by_key = {column.key for column in cls.columns}
        if len(by_key) != len(cls.columns) or cls.sort.lstrip("-") not in by_key | {""}:
            raise TypeError(f"{cls.__name__}: two columns share a key, or sort= names no column")
        _registers[cls.key] = cls()

    # What a room may say in its own way -----------------------------------------------------------------------------

    def rows(self, scope: Scope, actor: Actor) -> QuerySet:
        """Return all rows the actor may see in the scope; add annotations that columns sort by here."""
        return self.model._default_manager.of(scope)  # type: ignore[attr-defined]

    def prepare(self, found: list[Any], scope: Scope, slug: str) -> None:
        """Look up, once for all rows about to be drawn or exported, what joins cannot bring."""

    def url_of(self, record: Any, slug: str) -> str:
        """Return the page of a record; "" when it has none."""
        return ""

    def name_of(self, record: Any) -> str:
        """Return what a row is called aloud, for its box."""
        return getattr(record, "ref", "") or str(record)

    def title_of(self, record: Any) -> str:
        """Return what a row is called where it stands among others, as in bulk reports: its name and its title."""
        name = self.name_of(record)
        found = next((column for column in self.columns if column.kind == "title" and not callable(column.value)), None)
        title = str(found.of(record) or "") if found else ""
        return name if not title or title == name else f"{name} {title}"

    # Reading --------------------------------------------------------------------------------------------------------

    def filtered(
        self,
        scope: Scope,
        actor: Actor,
        params: QueryDict,
        shared: dict[str, Any] | None = None,
        *,
        only_asked: bool = False,
    ) -> RegisterFilters:
        """Return the filter set over all rows; ``.is_valid()``, ``.errors``, ``.qs`` as django-filter has them.

        ``shared`` passes on what another filter set of the same page looked up, and the rows, which take long to say.
        ``only_asked`` leaves out the filters the address says nothing to, for counts, which draw none.
        """
        known = {} if shared is None else shared
        if "rows" not in known:
            known["rows"] = self.rows(scope, actor)
        found = self.filters(params, known["rows"].all(), scope=scope, actor=actor, only_asked=only_asked)
        found.shared = known
        return found

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        """Return the rows in which every word occurs somewhere in the searched columns."""
        for word in text.split()[:8]:
            condition = Q()
            for path in self.search:
                here = Q(**{f"{path}__icontains": word})
                # A relation to many is looked through by itself: joined, it would multiply the rows of every search.
                condition |= Q(pk__in=inside(rows, here).values("pk")) if multiplies(rows.model, path) else here
            rows = rows.filter(condition)
        return rows

    def ordered(self, rows: QuerySet, sort: str) -> QuerySet:
        """Return the rows in the order of a column key, "-" before it for descending."""
        column = self.column(sort.lstrip("-")) or self.column(self.sort.lstrip("-"))
        chosen: list[OrderBy] = []
        if column is not None:
            descending = (sort if self.column(sort.lstrip("-")) else self.sort).startswith("-")
            chosen = column.ordering(self.model, descending=descending)
        return rows.order_by(*chosen, *(F(name).asc() if name != "pk" else "pk" for name in self.ties))

    def related(self, rows: QuerySet) -> QuerySet:
        """Return the rows with what their columns read."""
        rows = rows.select_related(*self.select) if self.select else rows
        return rows.prefetch_related(*self.prefetch) if self.prefetch else rows

    def listing(self, scope: Scope, actor: Actor, params: QueryDict, path: str = "", slug: str = "") -> Listing:
        """Return the list an address asks for."""
        return Listing(self, scope, actor, params, path, slug)

    def column(self, key: str) -> Column | None:
        """Return the column of a key."""
        return next((column for column in self.columns if column.key == key), None)

    def step(self, key: str) -> BulkStep | None:
        """Return the bulk step of a key."""
        return next((step for step in self.bulk if step.key == key), None)


def registers() -> dict[str, Register]:
    """Return every register by its key."""
    return dict(_registers)


@jobs.handler(export.KIND)
def _export(job: jobs.Running) -> None:
    """Write an export too large to wait for."""
    export.run(job, _registers[job.params["register"]])
