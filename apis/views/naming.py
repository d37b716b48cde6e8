"""Paths named by people, with a look at what it does first; the observed API as a description."""

from functools import cached_property
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import queries, services
from apis.forms.inventory import PathForm
from apis.models import Endpoint
from apis.queries_of_inventory import observed_description
from core import policy
from core.pages.views import FormPage, MemberView, add_errors

WORDS = {
    "pin": gettext_lazy("The path stays as it is, whatever is learned later."),
    "rename": gettext_lazy("The path gets this name. Nothing else changes."),
    "merge": gettext_lazy("What is listed here becomes one endpoint; its calls are added up."),
    "split": gettext_lazy(
        "The path becomes an endpoint of its own, with the calls to it until now. Of a service with thousands of "
        "different paths some were added up as they came; those stay where they count."
    ),
}


class NamePath(FormPage):
    """Rename, merge, split or pin the path of an endpoint: first what it does is shown, then it is done."""

    form_class = PathForm
    permission = "apis.read"
    autosave = False
    template = "apis/path.html"

    @cached_property
    def endpoint(self) -> Endpoint:
        """The endpoint. Raises Http404."""
        found = queries.endpoint_by_ref(self.scope, self.kwargs["ref"])
        if found is None:
            raise Http404
        return found

    def record(self) -> Endpoint:
        """The endpoint afresh, for the form."""
        self.__dict__.pop("endpoint", None)
        policy.require(self.actor, "apis.change_service", self.endpoint.service)
        return self.endpoint

    def form_options(self) -> dict[str, Any]:
        """The path as it is."""
        return {"initial": {"template": self.endpoint.template}, "version": self.endpoint.version}

    def page_context(self, form: PathForm) -> dict[str, Any]:
        """Title and way back."""
        slug = self.management_system.slug
        return {
            "title": _("Path of %(ref)s") % {"ref": self.endpoint.ref},
            "endpoint": self.endpoint,
            "back": reverse("api_endpoint", kwargs={"slug": slug, "ref": self.endpoint.ref}),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what it does until that very path was shown; then do it."""
        self.record_or_none()
        form = self.form_class(request.POST, **self.form_options())
        if not form.is_valid() or form.cleaned_data["shown"] == form.cleaned_data["template"]:
            return super().post(request, *args, **kwargs)
        try:
            effect = services.effect_of(self.endpoint, form.cleaned_data["template"])
        except ValidationError as error:
            add_errors(form, error)
            return self._page(form, status=422)
        return self._page(form.showing(effect.template), effect=effect, told=WORDS[effect.kind])

    def save(self, form: PathForm) -> str:
        """Name it."""
        named = services.name_path(
            actor=self.actor, endpoint_id=self.endpoint.pk, template=form.cleaned_data["template"],
            expected_version=form.expected_version, reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return reverse("api_endpoint", kwargs={"slug": self.management_system.slug, "ref": named.ref})


class ObservedDownload(MemberView):
    """The API of a service as it was seen, as OpenAPI 3.1."""

    permission = "apis.read"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Hand it over."""
        service = queries.service_by_ref(self.scope, ref)
        if service is None:
            raise Http404
        content = orjson.dumps(observed_description(self.scope, service), option=orjson.OPT_INDENT_2)
        answer = HttpResponse(content, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{service.ref}-observed.json"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
