"""Bulk steps over REST: the register's own, tried or applied, with a result per row; one step that can be undone."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import policy
from core.api.problems import Problem
from core.api.shapes import Shape, items_of
from core.pages.fields import DayField
from core.registers import BulkStep, registers
from core.registers import bulk as rules

CHANGE, UNCHANGED, KEPT = "change", "unchanged", "kept"


class BulkStepSerializer(Shape):
    """A bulk step and what it takes."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    open = serializers.BooleanField(help_text="whether you could take it for some row")
    inputs = serializers.DictField(allow_null=True, help_text="as JSON Schema; null: nothing")


class BulkRowSerializer(Shape):
    """A picked row with the version that was read."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1)


class BulkSerializer(Shape):
    """A bulk step and its rows."""

    step = serializers.CharField(max_length=60)
    rows: Any = serializers.ListSerializer(child=BulkRowSerializer(), min_length=1, max_length=rules.MOST)
    inputs = serializers.DictField(required=False, default=dict, help_text="as the list of bulk steps describes them")
    dry_run = serializers.BooleanField(default=False, help_text="say what would happen, write nothing")


class BulkResultSerializer(Shape):
    """What became of a row, or would."""

    id = serializers.UUIDField()
    ref = serializers.CharField(help_text="empty for a row that is gone")
    kind = serializers.ChoiceField(choices=[CHANGE, UNCHANGED, KEPT])
    reason = serializers.CharField(help_text="why it is left alone")
    changes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="of a dry run: field to old and new"
    )


class BulkDoneSerializer(Shape):
    """What a bulk step did, or would do: the counts add up to the rows."""

    dry_run = serializers.BooleanField()
    change_id = serializers.CharField(help_text="undo it by this; empty when nothing was written")
    change = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    kept = serializers.IntegerField()
    rows = BulkResultSerializer(many=True)


class BulkSteps:
    """Doors of a record type whose register has bulk steps."""

    actor: Any
    scope: Any
    register: ClassVar[str] = ""
    """The register whose bulk steps are taken here; empty where there are none."""
    once: Any

    @extend_schema(responses=items_of(BulkStepSerializer))
    def bulk_steps(self, request: Any, **kwargs: Any) -> Response:
        """What can be done to many rows at once, with what each step takes."""
        items = [
            {"name": step.key, "label": str(step.label), "open": policy.could_ever(self.actor, step.permission),
             "inputs": form_schema(step.asked(self.scope, self.actor))}
            for step in registers()[self.register].bulk
        ]  # fmt: skip
        return Response({"items": items})

    @extend_schema(request=BulkSerializer, responses={200: BulkDoneSerializer})
    def bulk(self, request: Any, **kwargs: Any) -> Response:
        """Take one bulk step for the given rows; those changed since, or not yours to change, are left alone."""
        shape = BulkSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        step = registers()[self.register].step(given["step"])
        if step is None:
            raise _refused("/step", "There is no such step.")
        if not (policy.could_ever(self.actor, step.permission) and self.actor.has_scope(_scope_of(step))):
            policy.require(self.actor, step.permission)
        versions = {str(row["id"]): row["version"] for row in given["rows"]}
        if len(versions) < len(given["rows"]):
            raise _refused("/rows", "A row is named twice.")
        data = self._inputs(step, given["inputs"])
        if given["dry_run"]:
            return Response(self._previewed(step, versions, data))
        return self.once(lambda: Response(self._applied(step, versions, data)))

    def _inputs(self, step: BulkStep, given: dict[str, Any]) -> dict[str, Any]:
        """What the step's form makes of the inputs; raises 400 naming the input."""
        sent = {name: "" if value is None else value for name, value in given.items()}
        form = step.asked(self.scope, self.actor, sent)
        fields = form.fields if form is not None else {}
        errors = [
            {"pointer": f"/inputs/{name}", "detail": "There is no such input."} for name in given if name not in fields
        ]
        errors += [
            {"pointer": f"/inputs/{name}", "detail": "This must be text."}
            for name, value in sent.items() if name in fields and not isinstance(value, str)
        ]  # fmt: skip
        if not errors and form is not None and not form.is_valid():
            errors += [
                {"pointer": "/inputs" if name == "__all__" else f"/inputs/{name}", "detail": " ".join(told)}
                for name, told in form.errors.items()
            ]
        if errors:
            raise Problem(400, "invalid", "Some values are not valid.", errors=errors)
        return form.cleaned_data if form is not None else {}

    def _previewed(self, step: BulkStep, versions: dict[str, int], data: dict[str, Any]) -> dict[str, Any]:
        """What would happen to each row."""
        register, stored = registers()[self.register], self._stored(versions)
        fresh = [record for pk, record in stored.items() if record.version == versions[pk]]
        told = {str(row.record.pk): row for row in rules.preview(step, self.actor, fresh, data, register.title_of)}
        rows = []
        for pk in versions:
            row, record = told.get(pk), stored.get(pk)
            reason = row.refused if row else rules.changed_meanwhile() if record else rules.gone()
            kind = KEPT if reason else CHANGE if row and row.changes else UNCHANGED
            changes = {label: [str(old), str(new)] for label, old, new in row.changes} if row else {}
            rows.append(_result(pk, record, kind, reason, changes))
        return _done(rows, dry_run=True)

    def _applied(self, step: BulkStep, versions: dict[str, int], data: dict[str, Any]) -> dict[str, Any]:
        """Do it, and say what became of each row."""
        outcome = rules.apply(step, self.actor, registers()[self.register], versions, data)
        stored, rows = self._stored(versions), []
        for pk in versions:
            reason = outcome.reasons.get(pk, "")
            kind = KEPT if reason else CHANGE if pk in outcome.written else UNCHANGED
            rows.append(_result(pk, stored.get(pk), kind, reason, {}))
        return _done(rows, change_id=outcome.change_id if outcome.written else "")

    def _stored(self, versions: dict[str, int]) -> dict[str, Any]:
        register, ids = registers()[self.register], list(versions)
        found: dict[str, Any] = {}
        for start in range(0, len(ids), 500):
            rows = register.related(register.rows(self.scope, self.actor).filter(pk__in=ids[start : start + 500]))
            found |= {str(record.pk): record for record in rows}
        return found


def _scope_of(step: BulkStep) -> str:
    return policy.permissions()[step.permission].scope


def _refused(pointer: str, detail: str) -> Problem:
    return Problem(400, "invalid", "Some values are not valid.", errors=[{"pointer": pointer, "detail": detail}])


def _result(pk: str, record: Any, kind: str, reason: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {"id": pk, "ref": getattr(record, "ref", ""), "kind": kind, "reason": reason, "changes": changes}


def _done(rows: Sequence[dict[str, Any]], change_id: str = "", *, dry_run: bool = False) -> dict[str, Any]:
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in (CHANGE, UNCHANGED, KEPT)}
    return {"dry_run": dry_run, "change_id": change_id, **counts, "rows": rows}


def form_schema(form: Any) -> dict[str, Any] | None:
    """The fields of a form as JSON Schema; None for a step that asks nothing."""
    if form is None:
        return None
    needed = sorted(name for name, field in form.fields.items() if field.required)
    properties = {name: _field_schema(field) for name, field in form.fields.items()}
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _field_schema(field: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string", "title": str(field.label or "")}
    if isinstance(field, forms.ModelChoiceField):
        found["format"] = "uuid"
    elif isinstance(field, forms.ChoiceField):
        found["enum"] = [str(code) for code, _label in cast("Any", field).choices if code]
    elif isinstance(field, DayField):
        found["format"] = "date"
    elif getattr(field, "max_length", None):
        found["maxLength"] = field.max_length
    if not field.required and found.keys() & {"format", "enum"}:
        found["type"] = ["string", "null"]
        if "enum" in found:
            found["enum"].append(None)
    return found
