"""The door of registers: one view lists, exports and takes bulk steps, all by the same address."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import places, policy
from core.errors import NotFound
from core.pages.views import MemberView, add_errors
from core.registers import BulkStep, Listing, Register, bulk, export, registers
from core.wording import filled

PREVIEWED = 200
"""Rows a preview draws; the rest is counted."""


class RegisterView(MemberView):
    """A register as a page: set ``register``; ``template`` extends "registers/register.html"."""

    register: ClassVar[type[Register]]
    template = "registers/register.html"

    @cached_property
    def listing(self) -> Listing:
        """Return what the address asks for."""
        shown = registers()[self.register.key]
        return shown.listing(self.scope, self.actor, self.request.GET, self.request.path, self.management_system.slug)

    def page_context(self) -> dict[str, Any]:
        """Return what the room's own template needs beside the list."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """List, or export what is listed."""
        policy.require(self.actor, self.register.permission)
        listing = self.listing
        if not listing.is_canonical:
            return HttpResponseRedirect(listing.canonical)
        if not set(request.GET) - {"as_of"} and listing.views.start:
            return HttpResponseRedirect(listing.views.url_of(listing.views.start))
        kind = request.GET.get("export", "")
        if kind in export.MEDIA:
            return self._exported(kind)
        listing.filterset  # noqa: B018 (finds what was left out, which the page says)
        request.counted_views = listing.views  # type: ignore[attr-defined]
        return self.render(listing=listing, blank_url=self._blank_url(), **self.page_context())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a bulk step: ask, preview, apply."""
        policy.require(self.actor, self.register.permission)
        step = registers()[self.register.key].step(request.POST.get("step", ""))
        if step is None or step not in self.listing.steps:
            raise NotFound
        try:
            versions = self._picked()
        except ValidationError as error:
            return self._asked(step, told=error.messages)
        return self._stepped(step, versions)

    # Export ---------------------------------------------------------------------------------------------------------

    def _exported(self, kind: str) -> HttpResponse:
        if self.listing.total > export.DIRECT:
            job = export.ask(self.listing, kind)
            url = places.address("jobs", self.management_system.slug)
            return self.done(f"{url}{job.pk}/" if url else self.listing.canonical)
        answer = HttpResponse(export.written(self.listing, kind), content_type=export.MEDIA[kind])
        answer["Content-Disposition"] = f'attachment; filename="{export.file_name(self.listing, kind)}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def _blank_url(self) -> str:
        shown = self.register
        if not shown.blank_url or (shown.blank_permission and not policy.allows(self.actor, shown.blank_permission)):
            return ""
        return places.address(shown.blank_url, self.management_system.slug)

    # Bulk -----------------------------------------------------------------------------------------------------------

    def _picked(self) -> dict[str, int]:
        """Return id → version of the rows picked. Raises ValidationError for none or too many."""
        token = self.request.POST.get("selection", "")
        if token:
            return bulk.unpacked(token)
        rows = self.listing.matching.order_by()
        if not self.request.POST.get("all"):
            picked = [pk for pk in self.request.POST.getlist("pick") if len(pk) <= 40]
            try:
                rows = rows.filter(pk__in=picked)
                versions = {str(pk): version for pk, version in rows.values_list("pk", "version")}
            except (ValueError, ValidationError) as error:
                raise NotFound from error
        else:
            versions = {str(pk): version for pk, version in rows.values_list("pk", "version")[: bulk.MOST + 1]}
        if not versions:
            raise ValidationError(_("Choose at least one row."))
        if len(versions) > bulk.MOST:
            raise ValidationError(filled(_("That is more than %(n)d rows. Narrow the list."), {"n": bulk.MOST}))
        return versions

    def _records(self, versions: dict[str, int]) -> list[Any]:
        """Return the picked rows in the order of the list, at most as many as a preview draws."""
        register = self.listing.register
        rows = register.related(register.rows(self.scope, self.actor).filter(pk__in=list(versions)[:PREVIEWED]))
        return list(register.ordered(rows, self.listing.params.get("sort", "")))

    def _stepped(self, step: BulkStep, versions: dict[str, int]) -> HttpResponse:
        stage = self.request.POST.get("stage", "")
        selection = self.request.POST.get("selection") or bulk.signed(versions)
        context: dict[str, Any] = {
            "step": step,
            "selection": selection,
            "count": len(versions),
            "listing": self.listing,
        }
        form, data = None, {}
        if step.form is not None:
            form = step.asked(self.scope, self.actor, self.request.POST if stage else None)
            if not stage or not form.is_valid():
                return self.render("registers/bulk_ask.html", status=422 if stage else 200, form=form, **context)
            data = form.cleaned_data
        if stage != "apply":
            rows = bulk.preview(step, self.actor, self._records(versions), data, self.listing.register.title_of)
            return self.render("registers/bulk_preview.html", form=form, rows=rows, shown=PREVIEWED, **context)
        try:
            outcome = bulk.apply(step, self.actor, self.listing.register, versions, data)
        except ValidationError as error:
            if form is None:
                return self._asked(step, told=error.messages)
            add_errors(form, error)
            return self.render("registers/bulk_ask.html", status=422, form=form, **context)
        undo = places.address_with("step_undo", self.management_system.slug, change_id=outcome.change_id)
        return self.render("registers/bulk_done.html", outcome=outcome, undo=undo, **context)

    def _asked(self, step: BulkStep, told: list[str]) -> HttpResponse:
        return self.render(status=422, listing=self.listing, told=told, blank_url="", **self.page_context())
