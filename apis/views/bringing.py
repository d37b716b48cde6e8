"""Bring in files, after a look at what would be understood; field maps for lines of one's own."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.models import AISystem
from apis import services
from apis.forms.inventory import BringForm, FieldMapForm
from apis.models import FieldMap
from apis.services import Brought
from apis.traffic import Unreadable
from apis.traffic.structured import FIELDS
from apis.words import label_of, reason_of, why
from core import places
from core.pages.views import FormPage, MemberView
from core.queries import jobs


def refusal(error: Unreadable | ValidationError) -> str:
    """Why a file was refused, with the first of its lines."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else why(error)


class BringIn(FormPage):
    """Bring in files."""

    form_class = BringForm
    permission = "apis.bring_in"
    writes = True
    autosave = False
    template = "apis/bring_in.html"

    def form_options(self) -> dict[str, Any]:
        """The AI systems and field maps to choose from."""
        systems = AISystem.objects.of(self.scope).exclude(state=AISystem.RETIRED).order_by("name")
        return {"systems": list(systems), "maps": list(FieldMap.objects.of(self.scope).order_by("name"))}

    def page_context(self, form: BringForm) -> dict[str, Any]:
        """Title, words, way back."""
        return {
            "title": _("Bring in traffic or a description"),
            "button": _("Bring in"),
            "bring_url": reverse("api_bring_file", kwargs={"slug": self.management_system.slug}),
            "back": reverse("api_artefacts", kwargs={"slug": self.management_system.slug}),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bring in, or only look."""
        if "look" not in request.POST:
            return super().post(request, *args, **kwargs)
        form = self.form_class(request.POST, request.FILES or None, **self.form_options())
        if not form.is_valid():
            # A part of a page is swapped in only when it is answered as a success.
            return self._page(form, status=200 if request.headers.get("HX-Request") else 422, looked=True)
        return self._page(form, looks=[self._look(file, form) for file in form.cleaned_data["file"]], looked=True)

    def _look(self, file: Any, form: BringForm) -> dict[str, Any]:
        large = hasattr(file, "temporary_file_path")
        what = Path(file.temporary_file_path()) if large else file.read()
        try:
            found = services.look_at(actor=self.actor, what=what, name=file.name, fields=self._fields(form))
        except (Unreadable, ValidationError) as error:
            return {"name": file.name, "refused": refusal(error)}
        told = found.traffic
        unread = [(reason_of(one.reason), one.lines, one.samples) for one in told.unread] if told else []
        form_name = label_of(told.form if told else "openapi")
        return {"name": file.name, "form": form_name, "traffic": told, "said": found.description, "unread": unread}

    def _fields(self, form: BringForm) -> dict[str, str] | None:
        chosen = form.cleaned_data.get("fields_of")
        found = FieldMap.objects.of(self.scope).filter(pk=chosen).first() if chosen else None
        return found.fields if found else None

    def save(self, form: BringForm) -> str:
        """Read each now, or as a job where it is large."""
        data, done, refused = form.cleaned_data, [], []
        for file in data["file"]:
            try:
                done.append(
                    services.bring_or_queue(
                        actor=self.actor, file=file, name=file.name, host=data["host"],
                        systems=data.get("systems", []), fields=self._fields(form),
                    )
                )  # fmt: skip
            except (Unreadable, ValidationError) as error:
                refused.append(refusal(error) if len(data["file"]) == 1 else f"{file.name}: {refusal(error)}")
        if not done:
            raise ValidationError({"file": refused})
        for one in refused:
            messages.warning(self.request, one)
        return self._after(done)

    def _after(self, done: list[Any]) -> str:
        slug = self.management_system.slug
        before = [one.artefact.ref for one in done if isinstance(one, Brought) and not one.is_new]
        if before:
            told = _("Brought in before as %(refs)s; nothing changed.") % {"refs": ", ".join(before)}
            messages.info(self.request, told)
        if len(done) > 1:
            return reverse("api_artefacts", kwargs={"slug": slug})
        found = done[0]
        if isinstance(found, Brought):
            return reverse("api_artefact", kwargs={"slug": slug, "ref": found.artefact.ref})
        return f"{places.address('jobs', slug)}{found.pk}/"


class BringFile(BringIn):
    """One of several files that a page sends by itself; the answer is a line about what became of it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the page."""
        return HttpResponseRedirect(reverse("api_bring_in", kwargs={"slug": self.management_system.slug}))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bring it in, and say so."""
        form = self.form_class(request.POST, request.FILES or None, **self.form_options())
        if not form.is_valid():
            told = [str(error) for errors in form.errors.values() for error in errors]
            return self.render("apis/brought_file.html", refused=" ".join(told))
        file, data = form.cleaned_data["file"][0], form.cleaned_data
        try:
            found = services.bring_or_queue(
                actor=self.actor, file=file, name=file.name, host=data["host"], systems=data.get("systems", []),
                fields=self._fields(form),
            )  # fmt: skip
        except (Unreadable, ValidationError) as error:
            return self.render("apis/brought_file.html", refused=refusal(error))
        if isinstance(found, Brought):
            return self.render("apis/brought_file.html", found=found)
        url = reverse("api_file_progress", kwargs={"slug": self.management_system.slug, "pk": found.pk})
        return self.render("apis/brought_file.html", job=found, url=url)


class FileProgress(MemberView):
    """How far the job of a file is, for the page that sent it."""

    permission = "apis.bring_in"

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Answer the part; the page of the job for everybody else."""
        job = jobs.job(self.scope, pk, self.actor)
        if job is None or job.kind != services.BRING_IN_JOB:
            raise Http404
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(reverse("job", kwargs={"slug": self.management_system.slug, "pk": job.pk}))
        over = job.state not in {job.WAITING, job.WORKING}
        return self.render("apis/file_progress.html", job=job, url=request.path, over=over)


class FieldMaps(MemberView):
    """The field maps there are."""

    permission, below = "apis.bring_in", "api_artefacts"
    template = "apis/field_maps.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self.render(maps=list(FieldMap.objects.of(self.scope).order_by("name")))


class EditFieldMap(FormPage):
    """Add or change a field map."""

    form_class = FieldMapForm
    permission, below = "apis.bring_in", "api_artefacts"
    template = "apis/field_map.html"

    def record(self) -> FieldMap | None:
        """The map of the address; None for a new one. Raises Http404."""
        if "ref" not in self.kwargs:
            return None
        found = FieldMap.objects.of(self.scope).filter(ref=self.kwargs["ref"]).first()
        if found is None:
            raise Http404
        return found

    def form_options(self) -> dict[str, Any]:
        """What is stored."""
        found = self.record_or_none()
        if found is None:
            return {"initial": {"fields_text": "at = time\nmethod = method\npath = path\nstatus = status"}}
        text = "\n".join(f"{name} = {where}" for name, where in found.fields.items())
        return {"initial": {"name": found.name, "fields_text": text}, "version": found.version}

    def page_context(self, form: FieldMapForm) -> dict[str, Any]:
        """Title, words, what can be mapped."""
        found = self.record_or_none()
        return {
            "title": _("Change %(name)s") % {"name": found.name} if found else _("New field map"),
            "back": reverse("api_field_maps", kwargs={"slug": self.management_system.slug}),
            "known": FIELDS,
        }

    def save(self, form: FieldMapForm) -> str:
        """Write it."""
        try:
            services.save_field_map(
                actor=self.actor, name=form.cleaned_data["name"], fields=form.cleaned_data["fields_text"],
                field_map=self.record_or_none(), expected_version=form.expected_version,
            )  # fmt: skip
        except ValidationError as error:
            told = error.message_dict
            raise ValidationError({"fields_text" if name == "fields" else name: told[name] for name in told}) from error
        return reverse("api_field_maps", kwargs={"slug": self.management_system.slug})
