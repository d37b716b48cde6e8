"""Intake links: made, renewed and withdrawn by managers, opened by anybody who has one."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from aims import queries
from aims.forms import IntakeForm, IntakeLinkForm, RenewLinkForm
from aims.models import IntakeLink
from aims.services import make_link, renew_link, report_use, withdraw_link
from aims.services.intake import PER_DAY, PER_HOUR, TooMany, Use, link_by_key
from aims.views.base import AimsView, tabs
from core import clock, when
from core.errors import StepRefused
from core.pages import once, repeat
from core.pages.views import ConfirmPage, FormPage, add_errors
from core.queries.people import name_of_system

MANAGE = "aims.intake"
SENT = "sent"


class IntakeLinks(AimsView):
    """All links; the one just made with its address, this once."""

    permission = MANAGE
    template = "aims/intake_links.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        shown = once.take(request, "intake link")
        page = self.page_of(queries.intake_links(self.scope))
        told = queries.told_by_links(self.scope)
        rows = [(link, told.get(str(link.pk), 0)) for link in page]
        limits = {"per_hour": PER_HOUR, "per_day": PER_DAY}
        return self.render(page=page, rows=rows, now=clock.now(), tabs=tabs(self, "system_intake"), **limits, **shown)


class ShownOnce(AimsView, FormPage):
    """What makes a key: its link is shown once, on the list."""

    permission = MANAGE
    autosave = False

    def show(self, key: str) -> str:
        """Keep the link for the next page, and return that page."""
        link = self.request.build_absolute_uri(reverse("tell", kwargs={"key": key}))
        once.keep(self.request, "intake link", link=link)
        return self.address("system_intake")


class NewIntakeLink(ShownOnce):
    """Make a link."""

    form_class = IntakeLinkForm

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("New intake link"), "button": _("Make the link"), "back": self.address("system_intake")}

    def save(self, form: Any) -> str:
        """Make it."""
        data = form.cleaned_data
        until = when.day_end(data["until"], self.scope.zone)
        return self.show(make_link(actor=self.actor, name=data["name"], expires_at=until)[1])


class OneLink(AimsView):
    """A page of the link its address names."""

    permission = MANAGE

    @cached_property
    def link(self) -> IntakeLink:
        """The link. Raises Http404."""
        found = queries.intake_links(self.scope).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found


class RenewIntakeLink(OneLink, ShownOnce):
    """Give a link a new address."""

    form_class = RenewLinkForm
    template = "aims/intake_renew.html"

    def record(self) -> IntakeLink:
        """The link afresh."""
        self.__dict__.pop("link", None)
        return self.link

    def form_options(self) -> dict[str, Any]:
        """The version that is renewed."""
        return {"version": self.record_or_none().version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        title = _("Renew the link “%(name)s”") % {"name": self.link.name}
        return {"title": title, "button": _("Renew the link"), "back": self.address("system_intake")}

    def save(self, form: Any) -> str:
        """Renew it."""
        until = when.day_end(form.cleaned_data["until"], self.scope.zone)
        _link, key = renew_link(
            actor=self.actor, link_id=self.link.pk, expires_at=until, expected_version=form.expected_version
        )
        return self.show(key)


class WithdrawIntakeLink(OneLink, ConfirmPage):
    """Make a link worthless."""

    button = gettext_lazy("Withdraw the link")

    def about(self) -> IntakeLink:
        """The link."""
        return self.link

    def question(self) -> str:
        """The question."""
        return _("Withdraw the link “%(name)s”?") % {"name": self.link.name}

    def consequences(self) -> tuple[str, ...]:
        """What goes, and what stays."""
        return (_("Whoever opens it is told that it does not work any more. What came in by it stays."),)

    def back(self) -> str:
        """The list."""
        return self.address("system_intake")

    def act(self) -> str:
        """Withdraw it."""
        withdraw_link(actor=self.actor, link_id=self.link.pk, expected_version=self.expected_version)
        return self.back()


class Tell(View):
    """The form behind a link: whoever has it tells of an AI use. Of the management system it shows the name only."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Ask, or thank; nothing of what is here is told, not even how much there is."""
        link = link_by_key(key)
        if SENT in request.GET:
            return render(request, "aims/tell_thanks.html", {**self._place(link), "key": key})
        return self._page(request, link, IntakeForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Take it in, and thank on a page that a reload does not send again."""
        link = link_by_key(key)
        form = IntakeForm(request.POST)
        if not form.is_valid():
            return self._page(request, link, form, 422)
        try:
            with repeat.sending(request) as sent:
                if not sent.led_to:
                    report_use(key=key, use=Use(**form.cleaned_data))
                sent.leads_to(f"?{SENT}=1")
                return HttpResponseRedirect(sent.led_to)
        except ValidationError as error:
            add_errors(form, error)
            return self._page(request, link, form, 422)
        except TooMany as error:
            form.add_error(None, str(error))
            return self._page(request, link, form, 429)
        except StepRefused as error:
            form.add_error(None, str(error.obstacles[0].reason))
            return self._page(request, link, form, 409)

    def _place(self, link: IntakeLink) -> dict[str, Any]:
        return {"place": name_of_system(link.management_system)}

    def _page(self, request: HttpRequest, link: IntakeLink, form: Any, status: int = 200) -> HttpResponse:
        given = {**self._place(link), "form": form, "ticket": repeat.ticket()}
        answer = render(request, "aims/tell.html", given, status=status)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # its address is the key, which no log holds
        return answer
