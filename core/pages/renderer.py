"""How forms are drawn: every field by our field component, every widget by Django's templates or ours."""

from django.forms.renderers import TemplatesSetting


class PageRenderer(TemplatesSetting):
    """Label, hint, error, control, in that order (settings.FORM_RENDERER)."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
