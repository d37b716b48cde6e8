"""Shapes the REST interface shares: envelopes of lists, problems, steps, text that refuses what it does not know."""

from functools import cache
from typing import Any

from rest_framework import serializers

from core.api.problems import MEDIA_TYPE


def refuse_unknown(serializer: serializers.BaseSerializer, data: Any) -> None:
    """Refuse fields that nobody can set instead of ignoring them (TRUST T04)."""
    if isinstance(data, dict):
        fields: Any = serializer.fields  # type: ignore[attr-defined]
        wrong = sorted(set(data) - {name for name, field in fields.items() if not field.read_only})
        if wrong:
            raise serializers.ValidationError({name: ["This field cannot be set."] for name in wrong})


class Shape(serializers.Serializer):
    """An input or answer that is no record. ``optional`` names what an answer may leave out."""

    optional: tuple[str, ...] = ()
    strict = True

    def to_internal_value(self, data: Any) -> Any:
        """Refuse fields that are not known."""
        refuse_unknown(self, data)
        return super().to_internal_value(data)


@cache
def page_of(shape: Any) -> type[Shape]:
    """One page of a list: items and the address of the next page, null at the end."""
    return _envelope(shape, "Page", next=serializers.URLField(allow_null=True))


@cache
def items_of(shape: Any) -> type[Shape]:
    """A whole list."""
    return _envelope(shape, "List")


class TombstoneSerializer(Shape):
    """A record that is not there any more."""

    id = serializers.UUIDField()
    ref = serializers.CharField(help_text="what people called it; empty where it had no reference")
    deleted_at = serializers.DateTimeField()


@cache
def changes_of(shape: Any) -> type[Shape]:
    """One page of a register; asked with updated_since it also names the records deleted since."""
    told = "only with updated_since: records deleted since then, whatever the filters say"
    parts = {"deleted": TombstoneSerializer(many=True, help_text=told), "optional": ("deleted",)}
    return _envelope(shape, "Page", next=serializers.URLField(allow_null=True), **parts)


def _envelope(shape: type[serializers.BaseSerializer], kind: str, **more: Any) -> type[Shape]:
    name = shape.__name__.removesuffix("Serializer")
    says = {"Page": "One page of a list; follow next until it is null.", "List": "A whole list."}[kind]
    parts = {"items": shape(many=True), **more, "__doc__": says, "__module__": __name__}
    return type(f"{name}{kind}Serializer", (Shape,), parts)


class PointerSerializer(Shape):
    """Where a value is wrong, and why."""

    pointer = serializers.CharField(help_text="JSON pointer into the body; empty for the whole")
    detail = serializers.CharField()


class ObstacleSerializer(Shape):
    """Why a step cannot be taken now, and what would help."""

    code = serializers.CharField()
    reason = serializers.CharField()
    remedy = serializers.CharField(help_text="address of the page that helps, or empty")
    who = serializers.ListField(child=serializers.CharField(), help_text="people who could")


class ProblemSerializer(Shape):
    """A problem (RFC 9457)."""

    optional = (
        "detail", "errors", "parameter", "permission", "who", "step", "obstacles", "version", "request_id",
    )  # fmt: skip
    type = serializers.CharField(help_text="urn:aims42:problem:… names the kind")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = PointerSerializer(many=True, help_text="faults of the body (400)")  # type: ignore[assignment]
    parameter = serializers.CharField(help_text="the query parameter that is wrong (400)")
    permission = serializers.CharField(help_text="the permission that is missing (403)")
    who = serializers.ListField(child=serializers.CharField(), help_text="who may (403)")
    step = serializers.CharField(help_text="the step that was refused (409)")
    obstacles = ObstacleSerializer(many=True, help_text="what stands in the way (409)")
    version = serializers.IntegerField(help_text="the record's present version (412)", allow_null=True)
    request_id = serializers.CharField(help_text="names the request in the log")


class StepSerializer(Shape):
    """A step from the record's present state."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    open = serializers.BooleanField(help_text="whether you can take it now")
    signs = serializers.BooleanField(help_text="whether taking it is a signature")
    target = serializers.CharField(allow_null=True, help_text="the state it leads to; null keeps the state")
    shown_hash = serializers.CharField(allow_null=True, help_text="send it back when the step signs")
    reason_required = serializers.BooleanField(help_text="whether it must say why")
    inputs = serializers.DictField(allow_null=True, help_text="what it takes, as JSON Schema; null: nothing")
    obstacles = ObstacleSerializer(many=True)


class TakeStepSerializer(Shape):
    """What taking a step may need."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=4000)
    shown_hash = serializers.CharField(required=False, default=None, allow_null=True, allow_blank=True, max_length=200)
    inputs = serializers.DictField(required=False, default=dict, help_text="as the step's description names them")


__all__ = [
    "MEDIA_TYPE", "ObstacleSerializer", "PointerSerializer", "ProblemSerializer", "Shape", "StepSerializer",
    "TakeStepSerializer", "TombstoneSerializer", "changes_of", "items_of", "page_of", "refuse_unknown",
]  # fmt: skip
