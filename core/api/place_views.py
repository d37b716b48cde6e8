"""What belongs to a management system as a whole: settings, vocabularies, steps of its history and their undo."""

from typing import Any, ClassVar

from django.conf import settings
from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api.core_views import JobSerializer, accepted
from core.api.problems import Problem
from core.api.shapes import Shape
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, is_uuid, shapes
from core.errors import NotFound
from core.models import Job, Profile
from core.queries import undoing
from core.queries.people import profile
from core.services.tenancy import FIELDS, describe
from core.services.undoing import undo_or_queue


class SettingsSerializer(serializers.ModelSerializer):
    """How the management system describes itself."""

    class Meta:
        model = Profile
        fields = ("version", "updated_at", *FIELDS)
        read_only_fields = ("version", "updated_at")


class SettingsChangeSerializer(Shape):
    """What of the settings is to be another."""

    name = serializers.CharField(required=False, max_length=120)
    organisation = serializers.CharField(required=False, allow_blank=True, max_length=120)
    scope_statement = serializers.CharField(required=False, allow_blank=True, max_length=600)
    time_zone = serializers.CharField(required=False, max_length=60)
    language = serializers.ChoiceField(required=False, choices=settings.LANGUAGES)
    paper = serializers.ChoiceField(required=False, choices=["A4", "Letter"])
    classification = serializers.CharField(required=False, allow_blank=True, max_length=60)
    next_audit_on = serializers.DateField(required=False, allow_null=True)


class SettingsView(MemberAPIView):
    """Name, scope sentence, time zone and the like (4.3)."""

    operation: ClassVar = {"GET": "read", "PATCH": "change"}
    versioned = frozenset({"PATCH"})
    tagged = frozenset({"GET", "PATCH"})
    parameters = ("as_of",)

    @extend_schema(responses=SettingsSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """What is set."""
        found = profile(self.scope)
        return tagged(Response(SettingsSerializer(found).data), found)

    @extend_schema(request=SettingsChangeSerializer, responses=SettingsSerializer)
    def patch(self, request: Any, **kwargs: Any) -> Response:
        """Change what is given (merge patch); needs If-Match and the scope settings:write."""
        shape = SettingsChangeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        changed = describe(actor=self.actor, expected_version=expected_version(request), **shape.validated_data)
        return tagged(Response(SettingsSerializer(changed).data), changed)


# Vocabularies -----------------------------------------------------------------------------------------------------


class TermSerializer(Shape):
    """A code and what it is called."""

    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class VocabulariesSerializer(Shape):
    """Register → field → its codes, in their order."""

    language = serializers.CharField()
    vocabularies = serializers.DictField(child=serializers.DictField(child=TermSerializer(many=True)))


class VocabulariesView(MemberAPIView):
    """The codes that fields hold: states, stages, levels, choices, with their names."""

    permission = ""
    operation = "list"
    parameters = ("language",)

    @extend_schema(responses=VocabulariesSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """In the asked language; English unless another is asked for."""
        language = request.query_params.get("language", "en")
        if language not in dict(settings.LANGUAGES):
            known = ", ".join(dict(settings.LANGUAGES))
            raise Problem(400, "bad-parameter", f"Languages are {known}.", parameter="language")
        with translation.override(language):
            found = {name: terms for name, shape in sorted(shapes.items()) if (terms := _terms(shape))}
        return Response({"language": language, "vocabularies": found})


def _terms(shape: type[serializers.BaseSerializer]) -> dict[str, list[dict[str, str]]]:
    """Field → terms, of a shape's fields that hold codes."""
    found: dict[str, list[dict[str, str]]] = {}
    fields: Any = shape().fields  # type: ignore[attr-defined]
    for name, field in fields.items():
        choices = getattr(getattr(field, "child", field), "choices", None)
        if isinstance(choices, dict) and not isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
            found[name] = [{"code": str(code), "name": str(label)} for code, label in choices.items()]
    return found


# Steps of the history and their undo --------------------------------------------------------------------------------


class TouchedSerializer(Shape):
    """A record a step touched, and what undoing would do to it."""

    record_type = serializers.CharField()
    id = serializers.CharField()
    ref = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=["create", "update", "delete", "changed-since"],
        help_text="what the step did to it, which is put back; changed-since: stays as it is",
    )


class HistoryStepSerializer(Shape):
    """A step of the history: everything written under one change_id."""

    change_id = serializers.CharField()
    action = serializers.CharField()
    at = serializers.DateTimeField()
    actor_kind = serializers.CharField()
    actor_id = serializers.CharField()
    entries = serializers.IntegerField()
    open = serializers.BooleanField(help_text="whether you could undo it now")
    barred = serializers.CharField(help_text="why steps of this kind are never undone; empty for others")
    too_old = serializers.BooleanField(help_text="steps are undone within 30 days")
    records = TouchedSerializer(many=True, help_text="at most 5,000")


class KeptSerializer(Shape):
    """A record that stays as it is, and why."""

    record_type = serializers.CharField()
    id = serializers.CharField()
    ref = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class UndoneSerializer(Shape):
    """What undoing did."""

    change_id = serializers.CharField(help_text="of the undo, which is a step itself")
    removed = serializers.IntegerField()
    restored = serializers.IntegerField()
    kept = KeptSerializer(many=True)


MOST_TOUCHED = 5_000


class StepView(MemberAPIView):
    """A step of the history as a whole."""

    operation = "step"
    path_schemas: ClassVar = {"id": ({"type": "string", "maxLength": 40}, "The change_id of events and answers.")}

    def step(self, pk: str) -> undoing.Step:
        """The step; 404 for none of this management system."""
        found = undoing.step(self.scope, self.actor, pk) if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=HistoryStepSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """What it wrote, and what undoing it would put back."""
        step = self.step(pk)
        touched = [
            {"record_type": entry.record_type, "id": entry.record_id, "ref": entry.ref, "kind": kind}
            for entry, kind in [*step.back, *step.kept][:MOST_TOUCHED]
        ]
        return Response({
            "change_id": step.change_id, "action": step.first.action, "at": step.first.at,
            "actor_kind": step.first.actor_kind, "actor_id": step.first.actor_id, "entries": step.entries,
            "open": step.open, "barred": str(step.barred), "too_old": step.too_old, "records": touched,
        })  # fmt: skip


class UndoView(StepView):
    """Put back everything a step wrote."""

    operation = "undo"
    http_method_names = ("post", "options")

    @extend_schema(request=None, responses={200: UndoneSerializer, 202: JobSerializer})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Undo it as one step, within 30 days; what changed since stays and is named. Needs the scope undo.

        202 with a job above 200 records.
        """
        step = self.step(pk)

        def work() -> Response:
            undone = undo_or_queue(actor=self.actor, change_id=step.change_id, records=step.records)
            if isinstance(undone, Job):
                return accepted(request, undone)
            kept = [
                {"record_type": one.record_type, "id": one.record_id, "ref": one.ref, "code": one.code,
                 "detail": one.detail}
                for one in undone.kept
            ]  # fmt: skip
            body = {"change_id": undone.change_id, "removed": undone.removed, "restored": undone.restored, "kept": kept}
            return Response(body)

        return self.once(work)
