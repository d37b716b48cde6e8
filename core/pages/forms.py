"""The base of our forms: errors as GOV.UK writes them, nothing cleared, the version carried along."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django import forms
from django.db import models
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import numberformat
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.pages.fields import DayField, Prose, clean_text
from core.wording import inside


def cleaned_data(data: Any) -> Any:
    """Return what was posted with every text cleaned (no NUL, one kind of line end)."""
    if isinstance(data, QueryDict):
        copy = data.copy()
        for name, values in data.lists():
            copy.setlist(name, [clean_text(value) if isinstance(value, str) else value for value in values])
        return copy
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in data.items()}


if TYPE_CHECKING:
    FormShape = forms.BaseForm
else:
    FormShape = object


class PageFormMixin(FormShape):
    """What every form has. ``starred`` names the fields a step needs; None stars the required ones."""

    use_required_attribute = False
    marks_required = True
    starred: ClassVar[Iterable[str] | None] = None

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(data=cleaned_data(data) if data is not None else None, files=files, **kwargs)
        for field in self.fields.values():
            _say_what_is_missing(field)
            _say_what_fits(field)

    def unchecked(self) -> Self:
        """Return the form showing what is bound, without having judged it (a restored draft)."""
        self._errors = ErrorDict()
        return self


def _say_what_is_missing(field: forms.Field) -> None:
    """Replace Django's "This field is required." by a sentence that names the field."""
    if field.error_messages.get("required") != forms.Field.default_error_messages["required"]:
        return
    label = inside(field.label or "")
    chosen = isinstance(field, (forms.ChoiceField, forms.ModelChoiceField))
    if isinstance(field, forms.BooleanField):
        field.error_messages["required"] = _("Tick this to go on")
    elif label:
        field.error_messages["required"] = (_("Choose: %(label)s") if chosen else _("Enter %(label)s")) % {
            "label": label
        }


def _say_what_fits(field: forms.Field) -> None:
    """Replace Django's words about numbers out of range and addresses by sentences that say what fits."""
    if isinstance(field, forms.URLField):
        field.error_messages["invalid"] = _("Write the whole address, such as https://tickets.example.org/7")
        return
    bounds: Any = (getattr(field, "min_value", None), getattr(field, "max_value", None))
    if isinstance(field, forms.IntegerField) and None not in bounds:
        low, high = (numberformat.format(f"{one}", get_format("DECIMAL_SEPARATOR")) for one in bounds)
        told = {"label": field.label, "low": low, "high": high}
        fits = _("%(label)s: write a number from %(low)s to %(high)s") % told
        field.error_messages |= dict.fromkeys(("invalid", "min_value", "max_value"), fits)


class PageForm(PageFormMixin, forms.Form):
    """A form of a page."""


class VersionMixin(PageFormMixin):
    """Carries the version a person opened, so that nobody overwrites what another changed since."""

    def __init__(self, *args: Any, version: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput, initial=version)

    @property
    def expected_version(self) -> int | None:
        """Return the version the form was opened with; 0, which no record has, when a form of a record has lost it."""
        sent = self.cleaned_data.get("version")
        return 0 if sent is None and self.fields["version"].initial is not None else sent


class RecordForm(VersionMixin, forms.Form):
    """A form over one record: give ``version=record.version``; the door passes ``expected_version`` on."""


def field_for(db_field: models.Field, **kwargs: Any) -> Any:
    """Return the form field of a model field in our shapes; use as ``formfield_callback`` of a ModelForm."""
    if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
        options = {
            "required": not db_field.blank,
            "label": capfirst(db_field.verbose_name),
            "help_text": db_field.help_text,
        }
        return DayField(**{**options, **{k: v for k, v in kwargs.items() if k in {"required", "label", "help_text"}}})
    if isinstance(db_field, models.TextField):
        kwargs.setdefault("widget", Prose())
    return db_field.formfield(**kwargs)


class RecordModelForm(VersionMixin, forms.ModelForm):
    """A ModelForm as a shape only: read ``cleaned_data`` and call a service; ``save`` is refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        kwargs.setdefault("version", instance.version if instance is not None else None)
        super().__init__(*args, **kwargs)

    class Meta:
        formfield_callback = field_for

    def save(self, commit: bool = True) -> Any:
        """Refuse: records are written by services inside change()."""
        raise NotImplementedError("Forms are shapes; call a service with cleaned_data.")
