"""Intake links: made and withdrawn by managers, opened by anybody who has one."""

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from aims import queries
from aims.forms import IntakeForm, IntakeLinkForm
from aims.services import make_link, report_use, withdraw_link
from aims.services.intake import PER_HOUR, TooMany, Use, link_by_key
from aims.views.base import AimsView, tabs
from core import clock, when
from core.errors import NotFound
from core.pages import once
from core.pages.views import ConfirmPage, FormPage, add_errors
from core.queries.people import name_of_system

SALT = "aims.intake.thanks"
MANAGE = "aims.intake"


class IntakeLinks(AimsView):
    """All links; the one just made with its address, this once."""

    permission = MANAGE
    template = "aims/intake_links.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        shown = once.take(request, "intake link")
        page = self.page_of(queries.intake_links(self.scope))
        return self.render(page=page, now=clock.now(), per_hour=PER_HOUR, tabs=tabs(self, "system_intake"), **shown)


class NewIntakeLink(AimsView, FormPage):
    """Make a link; it is shown once, on the next page."""

    permission = MANAGE
    form_class = IntakeLinkForm
    autosave = False

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("New intake link"), "back": self.address("system_intake")}

    def save(self, form: Any) -> str:
        """Make it."""
        data = form.cleaned_data
        until = when.day_end(data["until"], self.scope.zone)
        _link, key = make_link(actor=self.actor, name=data["name"], expires_at=until)
        link = self.request.build_absolute_uri(reverse("tell", kwargs={"key": key}))
        once.keep(self.request, "intake link", link=link)
        return self.address("system_intake")


class WithdrawIntakeLink(AimsView, ConfirmPage):
    """Make a link worthless."""

    permission = MANAGE
    button = _("Withdraw the link")

    def question(self) -> str:
        """The question."""
        found = queries.intake_links(self.scope).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound
        return _("Withdraw the link “%(name)s”?") % {"name": found.name}

    def consequences(self) -> tuple[str, ...]:
        """What goes, and what stays."""
        return (_("Whoever opens it is told that it does not work any more. What came in by it stays."),)

    def back(self) -> str:
        """The list."""
        return self.address("system_intake")

    def act(self) -> str:
        """Withdraw it."""
        withdraw_link(actor=self.actor, link_id=self.kwargs["pk"])
        return self.back()


class Tell(View):
    """The form behind a link: whoever has it tells of an AI use. Of the management system it shows the name only."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Ask, or thank."""
        link = link_by_key(key)
        reference = self._reference(request.GET.get("told", ""), key)
        if reference:
            return render(request, "aims/tell_thanks.html", {**self._place(link), "reference": reference, "key": key})
        return self._page(request, link, IntakeForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Take it in, and thank on a page that a reload does not send again."""
        link = link_by_key(key)
        form = IntakeForm(request.POST)
        if not form.is_valid():
            return self._page(request, link, form, 422)
        try:
            system = report_use(key=key, use=Use(**form.cleaned_data))
        except ValidationError as error:
            add_errors(form, error)
            return self._page(request, link, form, 422)
        except TooMany as error:
            form.add_error(None, str(error))
            return self._page(request, link, form, 429)
        told = signing.dumps([key, system.ref], salt=SALT)
        return HttpResponseRedirect(f"{reverse('tell', kwargs={'key': key})}?told={told}")

    def _reference(self, told: str, key: str) -> str:
        """The reference given out a moment ago; "" for anything else."""
        try:
            given, ref = signing.loads(told, salt=SALT, max_age=3600)
        except (signing.BadSignature, ValueError, TypeError):
            return ""
        return ref if given == key else ""

    def _place(self, link: Any) -> dict[str, Any]:
        return {"place": name_of_system(link.management_system)}

    def _page(self, request: HttpRequest, link: Any, form: Any, status: int = 200) -> HttpResponse:
        return render(request, "aims/tell.html", {**self._place(link), "form": form}, status=status)
