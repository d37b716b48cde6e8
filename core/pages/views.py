"""Views of members: sign-in and membership first, then the scope, then one rule, then an answer."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from core import clock, drafts, places, policy, when
from core import scope as scopes
from core.actor import Actor
from core.errors import ContentChanged, Stale, StepRefused
from core.models import ManagementSystem
from core.pages import repeat
from core.pages.conflict import Conflict
from core.pages.fields import version_shown

PAGE_SIZE = 50


class MemberView(View):
    """A page inside a management system. Gives ``actor``, ``management_system``, ``scope``; strangers get 404.

    ``permission`` is asked for before anything else; ``writes=True`` refuses a past moment; ``below`` names the place
    that the navigation marks where the address does not say it.
    """

    permission: ClassVar[str] = ""
    template: ClassVar[str] = ""
    writes: ClassVar[bool] = False
    below: ClassVar[str] = ""
    actor: Actor
    management_system: ManagementSystem
    scope: scopes.Scope

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let members in; send the signed-out to sign-in, with the same answer for any address."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = getattr(request, "actor", None)
        management_system = getattr(request, "management_system", None)
        if actor is None or management_system is None:
            raise Http404
        self.actor, self.management_system = actor, management_system
        if self.permission:
            policy.require(actor, self.permission)
        self.scope = self._scope(request)
        request.scope = self.scope  # type: ignore[attr-defined]
        if self.below:
            request.place = places.address(self.below, management_system.slug)  # type: ignore[attr-defined]
        kwargs.pop("slug", None)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def _scope(self, request: HttpRequest) -> scopes.Scope:
        """Return the present, or the moment of ``?as_of=`` (a date means its end). Raises Http404 for nonsense."""
        asked = request.GET.get("as_of", "")
        if not asked:
            return scopes.current(self.management_system.pk)
        if self.writes or request.method not in {"GET", "HEAD"}:
            raise Http404
        moment = when.parse_moment(asked, scopes.current(self.management_system.pk).zone)
        if moment is None:
            raise Http404
        try:
            return scopes.as_of(self.management_system.pk, min(moment, clock.now()))
        except ValueError as error:
            raise Http404 from error

    def render(self, template: str = "", status: int = 200, **context: Any) -> HttpResponse:
        """Draw a template with ``scope``, ``actor`` and what is given."""
        return render(
            self.request,
            template or self.template,
            {"scope": self.scope, "actor": self.actor, **context},
            status=status,
        )

    def page_of(self, rows: Any, size: int = PAGE_SIZE) -> Page:
        """Return the page of rows the address asks for; a wrong number gives the nearest."""
        return Paginator(rows, size).get_page(self.request.GET.get("page"))

    def done(self, url: str, told: Any = "") -> HttpResponseRedirect:
        """Go on to a page, leaving a message there."""
        if told:
            messages.success(self.request, told)
        return HttpResponseRedirect(url)


class FormPage(MemberView):
    """A form of its own page: set ``form_class``; say ``record``, ``form_options``, ``page_context``, ``save``.

    What is typed is parked as a draft (``autosave = False`` switches that off for forms of one or two fields); the
    draft also survives a session that ends before the form is sent.
    """

    form_class: ClassVar[Any]
    autosave: ClassVar[bool] = True
    writes = True
    template = "pages/form.html"

    def record(self) -> Any:
        """Return the record being edited, or None for a new one. Raises Http404."""
        return None

    def form_options(self) -> dict[str, Any]:
        """Return keywords of the form: initial, version, choices."""
        return {}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return what the template needs beside the form."""
        return {}

    def save(self, form: Any) -> str:
        """Call the service with ``form.cleaned_data`` and return where to go. Raises what rules raise."""
        raise NotImplementedError

    def current_values(self, form: Any) -> dict[str, Any]:
        """Return the values stored now, by field, to set beside what was typed when the record changed meanwhile."""
        fresh = self.form_class(**self.form_options())
        return {
            name: fresh.get_initial_for_field(field, name) for name, field in fresh.fields.items() if name != "version"
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; offer a parked draft; with ``?draft=1`` fill it in."""
        parked = None if self.scope.past else drafts.find(self.draft_place)
        if parked is not None and request.GET.get("draft"):
            form = self.form_class(parked.data, **self.form_options()).unchecked()
            return self._page(form, restored=parked)
        return self._page(self.form_class(**self.form_options()), parked=parked)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Clean, save, go on; or show the form again with what is wrong."""
        form = self.form_class(request.POST, request.FILES or None, **self.form_options())
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            with repeat.sending(request) as sent:
                url = sent.led_to or self.save(form)
                sent.leads_to(url)
        except ValidationError as error:
            add_errors(form, error)
            return self._page(form, status=422)
        except (Stale, ContentChanged) as error:
            return self._conflict(form, error)
        except StepRefused as error:
            return self._page(form, status=409, refused=error.obstacles)
        drafts.discard(self.draft_place)
        return HttpResponseRedirect(url)

    def _page(self, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        given = {
            "form": form,
            "record": self.record_or_none(),
            "autosave": self.autosave,
            "ticket": drafts.ticket(self.draft_place),
            **self.page_context(form),
        }
        return self.render(status=status, **given, **context)

    @property
    def draft_place(self) -> drafts.Place:
        """Return where this person's draft of this form is parked."""
        match = self.request.resolver_match
        return drafts.Place.of(self.actor, match.view_name if match else self.template, self.request.path)

    def record_or_none(self) -> Any:
        """Return the record, found once a request."""
        if not hasattr(self, "_record"):
            self._record = self.record()
        return self._record

    def _conflict(self, form: Any, error: Stale | ContentChanged) -> HttpResponse:
        """Show what the other person changed beside what this one typed, which stays in the form."""
        if hasattr(self, "_record"):
            del self._record
        conflict = Conflict.of(form, self.current_values(form), getattr(error, "record", None) or self.record_or_none())
        form = conflict.renewed(form)
        return self._page(form, status=409, conflict=conflict)


class ConfirmPage(MemberView):
    """A question with one button: set ``question``, ``consequences`` and ``act``.

    Set ``about`` where the question is about a record: the page carries its version, and ``act`` passes
    ``expected_version`` on, so that nobody confirms what is something else by now.
    """

    writes = True
    template = "pages/confirm.html"
    button: ClassVar[Any] = ""

    def question(self) -> str:
        """Return the question, which is the title of the page."""
        raise NotImplementedError

    def consequences(self) -> Sequence[str]:
        """Return what else happens, a sentence each (what a deletion takes along)."""
        return ()

    def back(self) -> str:
        """Return where "No, go back" leads."""
        raise NotImplementedError

    def about(self) -> Any:
        """Return the record the question is about, or None."""
        return None

    @property
    def expected_version(self) -> int:
        """Return the version of the record that was asked about; 0, which no record has, when it was lost."""
        return version_shown(self.request)

    def act(self) -> str:
        """Do it and return where to go."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask."""
        return self.render(
            question=self.question(),
            consequences=self.consequences(),
            back=self.back(),
            button=self.button or _("Yes, go on"),
            version=getattr(self.about(), "version", None),
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Act."""
        return HttpResponseRedirect(self.act())


def add_errors(form: Any, error: ValidationError) -> None:
    """Put a rule's errors at their fields; those of fields the form does not show go to the summary."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors if name != NON_FIELD_ERRORS else errors)
