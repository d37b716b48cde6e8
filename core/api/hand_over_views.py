"""Handing over by REST what somebody answers for: what it is and who may take it, then one step that does it."""

import uuid
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import belongings
from core.api.people_views import by_name
from core.api.problems import Problem
from core.api.shapes import Shape
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from core.models import Membership
from core.queries.people import member_of_person
from core.services.handing_over import hand_over


class OwnedSerializer(Shape):
    """A record somebody answers for."""

    id = serializers.UUIDField()
    name = serializers.CharField(help_text="as people say it, with its reference where it has one")


class KindSerializer(Shape):
    """All records of a kind that somebody answers for."""

    key = serializers.CharField(help_text="names the kind in to")
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    records = OwnedSerializer(many=True)


class ReceiverSerializer(Shape):
    """Somebody who may answer for it."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class OwnsSerializer(Shape):
    """What would move, and who could take it."""

    items = KindSerializer(many=True)
    receivers = ReceiverSerializer(many=True)


class HandOverSerializer(Shape):
    """Who gets what: everything to one person, or each kind to somebody."""

    everything = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="who gets the rest")
    to = serializers.DictField(
        child=serializers.UUIDField(allow_null=True), required=False, default=dict,
        help_text="key of a kind to the person who gets it; null leaves the kind as it is",
    )  # fmt: skip
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class NotMovedSerializer(Shape):
    """A record that could not change hands."""

    ref = serializers.CharField()
    reason = serializers.CharField()


class HandedOverSerializer(Shape):
    """What moved, and what stayed with why."""

    change_id = serializers.CharField(help_text="the step of the history, by which it is undone")
    given = serializers.IntegerField()
    kept = NotMovedSerializer(many=True)


class HandOverView(MemberAPIView):
    """What a member answers for, before or after they leave (clause 5.3)."""

    permission = "core.hand_over"
    operation: ClassVar = {"GET": "owns", "POST": "hand_over"}

    def member(self, pk: str) -> Membership:
        """The membership of a person, also one that ended; 404 elsewhere."""
        found = member_of_person(self.scope, pk) if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=OwnsSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Every record by kind, and everybody who could answer for it instead."""
        person_id = self.member(pk).person_id
        kinds = [
            {"key": one.key, "label": str(one.label), "count": one.count,
             "records": [{"id": str(record.pk), "name": str(record)} for record in one.records]}
            for one in belongings.of_person(self.scope, person_id)
        ]  # fmt: skip
        people = belongings.receivers(self.scope, person_id)
        return Response({"items": kinds, "receivers": [{"id": str(one.pk), "name": one.name} for one in people]})

    @extend_schema(request=HandOverSerializer, responses={200: HandedOverSerializer})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Hand it over as one step, undone as one; what cannot change hands now stays and is named."""
        shape = HandOverSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        member, given = self.member(pk), shape.validated_data

        def work() -> Response:
            kinds = [one.key for one in belongings.of_person(self.scope, member.person_id)]
            to = _who_gets(kinds, given)
            try:
                done = hand_over(actor=self.actor, member=member, to=to, reason=given["reason"])
            except ValidationError as error:
                said = {f"to_{key}": f"to/{key}" if key in given["to"] else "everything" for key in kinds}
                raise by_name(error, said) from error
            kept = [{"ref": ref, "reason": why} for ref, why in done.kept]
            return Response({"change_id": done.change_id, "given": done.given, "kept": kept})

        return self.once(work)


def _who_gets(kinds: list[str], given: dict[str, Any]) -> dict[str, uuid.UUID]:
    """Key of each kind that moves to the person who gets it. Raises 400 for a kind they have nothing of."""
    if wrong := sorted(set(given["to"]) - set(kinds)):
        errors = [{"pointer": f"/to/{key}", "detail": "There is nothing of this kind."} for key in wrong]
        raise Problem(400, "invalid", "Some values are not valid.", errors=errors)
    chosen = {key: given["to"].get(key, given["everything"]) for key in kinds}
    found = {key: pk for key, pk in chosen.items() if pk is not None}
    if not found:
        raise Problem(400, "invalid", "Nothing would move: say who gets what they answer for.")
    return found
