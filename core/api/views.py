"""Views of the REST interface: parse, call one rule, answer. Pages and API share rules, filters and policy."""

import datetime
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from core import clock, policy, scope, workflow
from core.actor import Actor
from core.api import idempotency, paging
from core.api.problems import Problem
from core.api.versions import expected_version, tagged
from core.errors import NotFound

PAGING = {"cursor", "limit", "updated_since", "as_of"}


class MemberAPIView(APIView):
    """Gives ``self.actor`` and ``self.scope``; POST answers once per Idempotency-Key."""

    permission: ClassVar[str] = "core.read"

    @property
    def actor(self) -> Actor:
        """Who asks."""
        found: Any = self.request.auth
        return found

    @property
    def tenant(self) -> Any:
        """The id of the management system."""
        return self.actor.management_system_id

    @property
    def scope(self) -> scope.Scope:
        """The present, or the moment named by ``?as_of=`` (ISO 8601 with zone)."""
        asked = self.request.query_params.get("as_of")
        if not asked:
            return scope.current(self.tenant)
        try:
            return scope.as_of(self.tenant, moment(asked, "as_of"))
        except ValueError as error:
            raise Problem(400, "bad-parameter", f"as_of: {error}.", parameter="as_of") from error

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Sign-in and membership first, then the permission to be here at all."""
        super().initial(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD", "OPTIONS"} and "as_of" in request.query_params:
            raise Problem(400, "bad-parameter", "The past cannot be changed.", parameter="as_of")
        if self.permission:
            policy.require(self.actor, self.permission)

    def once(self, work: Callable[[], Response]) -> Response:
        """Answer a POST once per Idempotency-Key."""
        return idempotency.answer_once(self.request, work)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say how much of the minute's allowance is left."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        limits = getattr(request._request, "rate_limit", None) if hasattr(request, "_request") else None
        if limits:
            answer["RateLimit-Limit"], answer["RateLimit-Remaining"], answer["RateLimit-Reset"] = map(str, limits)
        return answer


def moment(text: str, parameter: str) -> datetime.datetime:
    """Parse an ISO 8601 moment with zone; raises 400 naming the parameter."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(400, "bad-parameter", f"{parameter} must be a moment such as 2026-11-23T12:00:00Z.",
                      parameter=parameter) from error  # fmt: skip
    if found.tzinfo is None:
        raise Problem(400, "bad-parameter", f"{parameter} needs a zone, such as Z.", parameter=parameter)
    return min(found.astimezone(datetime.UTC), clock.now()) if parameter == "as_of" else found


class RecordSerializer(serializers.ModelSerializer):
    """Shape of a record: server-owned fields are read-only, relations are ids inside the management system."""

    class Meta:
        model: Any = None
        server_owned: tuple[str, ...] = ("id", "version", "created_at", "updated_at")

    def get_fields(self) -> dict[str, Any]:
        """Limit every relation to rows the actor can see; unknown ids become field errors."""
        fields = super().get_fields()
        actor = self.context.get("actor")
        for field in fields.values():
            relation = getattr(field, "child_relation", field)
            narrowed: Any = relation
            if isinstance(relation, serializers.RelatedField) and not relation.read_only and actor is not None:
                narrowed.queryset = choices_for(narrowed.queryset, actor)
        return fields

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Links are written by services, so an explicit table between them does not make them read-only."""
        return super().build_relational_field(field_name, relation_info._replace(has_through_model=False))

    def to_internal_value(self, data: Any) -> Any:
        """Refuse fields that nobody can set instead of ignoring them (TRUST T04)."""
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            wrong = sorted(set(data) - known)
            if wrong:
                raise serializers.ValidationError({name: ["This field cannot be set."] for name in wrong})
        return super().to_internal_value(data)


def choices_for(queryset: Any, actor: Actor) -> QuerySet:
    """Rows of a relation an actor may name: of the management system, people only as its members."""
    if hasattr(queryset, "visible_to"):
        return queryset.visible_to(actor)
    return queryset.filter(memberships__management_system_id=actor.management_system_id).distinct()


class RecordViewSet(ViewSetMixin, MemberAPIView):
    """List, read, create, change one record type, and take its steps. Rooms say model, shapes and services."""

    queryset: ClassVar[Any] = None
    serializer_class: ClassVar[type[serializers.BaseSerializer]]
    filterset_class: ClassVar[Any] = None
    order: ClassVar[tuple[str, ...]] = ("created_at", "id")
    lookup_url_kwarg = "pk"
    create_permission: ClassVar[str] = ""

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """The shape, also for the description."""
        return self.serializer_class

    def rows(self) -> QuerySet:
        """Rows the actor sees in the scope, with what the shape needs."""
        return self.queryset.of(self.scope)

    def record(self, pk: str) -> Any:
        """The record of an id; 404 for another management system's."""
        found = self.rows().filter(pk=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    def create_record(self, data: dict[str, Any]) -> Any:
        """Call the service that registers one."""
        raise NotImplementedError

    def change_record(self, record: Any, version: int | None, data: dict[str, Any]) -> Any:
        """Call the service that changes one."""
        raise NotImplementedError

    def represent(self, rows: Any, *, many: bool = True) -> Any:
        """The shape of rows."""
        return self.serializer_class(rows, many=many, context={"actor": self.actor, "scope": self.scope}).data

    def shaped(self, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """Validated input; raises 400 with pointers."""
        if not isinstance(data, dict):
            raise Problem(400, "invalid", "Send a JSON object.")
        shape = self.serializer_class(data=data, partial=partial, context={"actor": self.actor})
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)

    def filtered(self) -> QuerySet:
        """Rows after typed filters; an unknown parameter is 400."""
        rows, params = self.rows(), self.request.query_params
        known = set(self.filterset_class.base_filters) if self.filterset_class else set()
        for name in params:
            if name not in known | PAGING:
                raise Problem(400, "unknown-parameter", f"There is no parameter {name}.", parameter=name)
        if self.filterset_class is not None:
            found = self.filterset_class(params, queryset=rows, request=self.request)
            if not found.is_valid():
                raise serializers.ValidationError(found.errors)
            rows = found.qs
        if params.get("updated_since"):
            rows = rows.filter(updated_at__gt=moment(params["updated_since"], "updated_since"))
        return rows

    @extend_schema(parameters=[
        OpenApiParameter("cursor", str), OpenApiParameter("limit", int), OpenApiParameter("updated_since", str),
        OpenApiParameter("as_of", str),
    ])  # fmt: skip
    def list(self, request: Any, **kwargs: Any) -> Response:
        """One page of records, oldest first."""
        order = ("updated_at", "id") if request.query_params.get("updated_since") else self.order
        return paging.page(request, self.filtered(), self.represent, order)

    def retrieve(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """One record, with its version as ETag."""
        record = self.record(pk)
        return tagged(Response(self.represent(record, many=False)), record)

    def create(self, request: Any, **kwargs: Any) -> Response:
        """Register one; 201 with its address."""
        return self.once(lambda: self._created(self.create_record(self.shaped(request.data))))

    def partial_update(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Change the given fields (merge patch); needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)
        changed = self.change_record(record, version, self.shaped(request.data, partial=True))
        return tagged(Response(self.represent(self.record(str(changed.pk)), many=False)), changed)

    def steps(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Steps from the present state: open or not, why not, who could."""
        record = self.record(pk)
        flow = workflow.workflow_of(record)
        items = [
            {
                "name": offer.step.name, "label": str(offer.step.label), "open": offer.open,
                "signs": offer.step.signs, "target": offer.step.target,
                "shown_hash": flow.shown_hash(record) if offer.step.signs else None,
                "obstacles": [{"code": o.code, "reason": str(o.reason), "remedy": o.remedy,
                               "who": [str(p) for p in o.who]} for o in offer.obstacles],
            }
            for offer in workflow.offers(record, self.actor)
        ]  # fmt: skip
        return tagged(Response({"items": items}), record)

    def take_step(self, request: Any, pk: str, name: str, **kwargs: Any) -> Response:
        """Take a step; body: reason, shown_hash, inputs. Needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)
        body = request.data if isinstance(request.data, dict) else {}
        inputs = step_inputs(workflow.workflow_of(record).step(name), body.get("inputs") or {})

        def work() -> Response:
            taken = workflow.take(
                name, record, actor=self.actor, inputs=inputs, expected_version=version,
                shown_hash=body.get("shown_hash"), reason=str(body.get("reason") or ""),
            )  # fmt: skip
            return tagged(Response(self.represent(self.record(str(taken.pk)), many=False)), taken)

        return self.once(work)

    def _created(self, record: Any) -> Response:
        response = Response(self.represent(self.record(str(record.pk)), many=False), status=201)
        response["Location"] = f"{self.request.path}{record.pk}/"
        return tagged(response, record)


def is_uuid(text: str) -> bool:
    """Whether a path part can be an id at all."""
    return len(text) in (32, 36) and all(c in "0123456789abcdefABCDEF-" for c in text)


def step_inputs(step: workflow.Step, given: Any) -> Any:
    """Build the step's inputs dataclass from the body; raises 400 for unknown or missing fields."""
    if not isinstance(given, dict):
        raise Problem(400, "invalid", "inputs must be an object.", errors=[{"pointer": "/inputs", "detail": "object"}])
    if step.inputs is None:
        if given:
            raise Problem(400, "invalid", "This step takes no inputs.")
        return None
    return workflow.inputs_from(step, given)


def record_urls(plural: str, name: str, viewset: type[RecordViewSet], *, creates: bool = True) -> list[Any]:
    """The addresses every record type has: list, one, its steps."""
    base = f"<slug:slug>/{plural}/"
    one = f"{base}<str:pk>/"
    listed: dict[str, Any] = {"get": "list", "post": "create"} if creates else {"get": "list"}
    return [
        path(base, viewset.as_view(listed), name=f"{name}-list"),
        path(one, viewset.as_view({"get": "retrieve", "patch": "partial_update"}), name=f"{name}-one"),
        path(f"{one}steps/", viewset.as_view({"get": "steps"}), name=f"{name}-steps"),
        path(f"{one}steps/<str:name>/", viewset.as_view({"post": "take_step"}), name=f"{name}-step"),
    ]
