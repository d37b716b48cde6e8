"""Views of the REST interface: parse, call one rule, answer. Pages and API share rules, filters and policy."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, ClassVar

from django.db.models import QuerySet, UUIDField
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from core import clock, policy, records, registries, scope, workflow
from core.actor import Actor
from core.api import idempotency, paging, quick
from core.api.bulk import BulkSteps
from core.api.comments import Comments
from core.api.problems import Problem
from core.api.shapes import TakeStepSerializer, refuse_unknown
from core.api.versions import expected_version, tagged
from core.errors import NotFound
from core.models.prepared import Given, Prepared
from core.queries.rest import tombstones

PAGING = ("cursor", "limit", "updated_since", "as_of")
WHOLE = frozenset({"cursor", "limit", "as_of"})
"""Parameters that narrow nothing."""
READS = frozenset({"GET", "HEAD"})


class MemberAPIView(APIView):
    """Gives ``self.actor`` and ``self.scope``; POST answers once per Idempotency-Key.

    What a view declares here is what it does and what the description says of it.
    """

    permission: ClassVar[str] = "core.read"
    operation: ClassVar[str | dict[str, str]] = "read"
    """The verb of its operation id, or one per method."""
    parameters: ClassVar[tuple[str, ...]] = ()
    """Query parameters a GET knows; any other is 400."""
    versioned: ClassVar[frozenset[str]] = frozenset()
    """Methods or actions that take If-Match."""
    tagged: ClassVar[frozenset[str]] = frozenset()
    """Methods or actions whose answer carries the version as ETag."""
    path_schemas: ClassVar[dict[str, tuple[dict[str, Any], str]]] = {}
    """Parts of the address that are not what core.api.schema takes them for."""

    @property
    def actor(self) -> Actor:
        """Who asks."""
        found: Any = self.request.auth
        return found

    @property
    def tenant(self) -> Any:
        """The id of the management system."""
        return self.actor.management_system_id

    @cached_property
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
        if any("\0" in str(part) for part in kwargs.values()):
            raise NotFound
        sent = request.META.get("CONTENT_LENGTH") not in {None, "", "0"}
        if sent and request.negotiator.select_parser(request, request.parsers) is None:
            raise UnsupportedMediaType(request.content_type)
        if request.method != "OPTIONS":
            self._check_parameters(request)
        if self.permission:
            policy.require(self.actor, self.permission)

    def accepts(self, method: str) -> tuple[str, ...]:
        """Names of the query parameters an operation knows."""
        return self.parameters if method in READS else ()

    def _check_parameters(self, request: Any) -> None:
        for name, values in request.query_params.lists():
            if name not in self.accepts(request.method):
                raise Problem(400, "unknown-parameter", f"There is no parameter {name[:100]}.", parameter=name[:100])
            if any("\0" in value for value in values):
                raise Problem(400, "bad-parameter", "Null characters are not allowed.", parameter=name)

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
        aware = found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError) as error:
        raise Problem(400, "bad-parameter", f"{parameter} must be a moment such as 2026-11-23T12:00:00Z.",
                      parameter=parameter) from error  # fmt: skip
    if aware is None:
        raise Problem(400, "bad-parameter", f"{parameter} needs a zone, such as Z.", parameter=parameter)
    return min(aware, clock.now()) if parameter == "as_of" else aware


class RecordSerializer(serializers.ModelSerializer):
    """Shape of a record: server-owned fields are read-only, relations are ids inside the management system."""

    strict = True

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

    def to_representation(self, instance: Any) -> Any:
        """The answer, by the plan of the shape."""
        return quick.shown(self, instance)

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Links are written by services, so an explicit table between them does not make them read-only."""
        return super().build_relational_field(field_name, relation_info._replace(has_through_model=False))

    def to_internal_value(self, data: Any) -> Any:
        """Refuse fields that nobody can set instead of ignoring them (TRUST T04)."""
        refuse_unknown(self, data)
        return super().to_internal_value(data)


def choices_for(queryset: Any, actor: Actor) -> QuerySet:
    """Rows of a relation an actor may name: of the management system, people only as its members."""
    if hasattr(queryset, "visible_to"):
        return queryset.visible_to(actor)
    return queryset.filter(memberships__management_system_id=actor.management_system_id).distinct()


@cache
def _light(view: Any) -> Any:
    """All rows of a view as columns of its answers, where these need no more; lists begin with it."""
    shape: Any = view.serializer_class
    own = view.represent is not RecordViewSet.represent
    return None if own or not issubclass(shape, RecordSerializer) else quick.light(view.queryset, shape, view.order)


@lru_cache(maxsize=256)
def _whole(view: Any, number: int, begun: bool) -> Prepared[Any]:
    """So many rows of a list that nothing narrows, from the beginning or after given values."""
    columns = {name: view.queryset.model._meta.get_field(name) for name in view.order}
    after = [Given(f"after_{place}", column) for place, column in enumerate(columns.values())]
    rows = _light(view).filter(management_system_id=Given("management_system", UUIDField()))
    rows = rows.filter(paging.beyond_values(view.order, after)) if begun else rows
    return Prepared(lambda _alias: rows.order_by(*view.order)[:number])


class RecordViewSet(Comments, BulkSteps, ViewSetMixin, MemberAPIView):
    """List, read, create, change one record type, and take its steps. Rooms say model, shapes and services."""

    queryset: ClassVar[Any] = None
    serializer_class: ClassVar[type[serializers.BaseSerializer]]
    filterset_class: ClassVar[Any] = None
    order: ClassVar[tuple[str, ...]] = ("created_at", "id")
    lookup_url_kwarg = "pk"
    versioned = frozenset({"partial_update", "take_step", "destroy", "take_back"})
    tagged = frozenset({"create", "retrieve", "partial_update", "steps", "take_step", "one_comment", "take_back"})
    dated: ClassVar[frozenset[str]] = frozenset({"retrieve"})
    """Actions besides the list that read the past."""

    def accepts(self, method: str) -> tuple[str, ...]:
        """Filters and paging of the list, the moment of one record."""
        if self.action == "list":
            return (*(self.filterset_class.base_filters if self.filterset_class else ()), *PAGING)
        if self.action == "comments":
            return ("cursor", "limit", "as_of")
        return ("as_of",) if self.action in self.dated else ()

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """The shape, also for the description."""
        return self.serializer_class

    def rows(self) -> QuerySet:
        """Rows the actor sees in the scope, with what the shape needs."""
        listed = self.action == "list" and "updated_since" not in self.request.query_params
        view: Any = type(self)
        columns = _light(view) if listed else None
        return (self.queryset if columns is None else columns).of(self.scope)

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

    def delete_record(self, record: Any, version: int | None) -> None:
        """Call the service that deletes one."""
        raise NotImplementedError

    def represent(self, rows: Any, *, many: bool = True) -> Any:
        """The shape of rows; the links of all of them take one query a link field."""
        context = {"actor": self.actor, "scope": self.scope, "links": self.links(rows if many else [rows])}
        return self.serializer_class(rows, many=many, context=context).data

    def links(self, rows: Any) -> dict[uuid.UUID, dict[str, list[Any]]]:
        """Record id → link field → ids."""
        return records.linked_ids(self.queryset.model, [row.id for row in rows], self.scope.alias)

    def shaped(self, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """Validated input; raises 400 with pointers."""
        if not isinstance(data, dict):
            raise Problem(400, "invalid", "Send a JSON object.")
        shape = self.serializer_class(data=data, partial=partial, context={"actor": self.actor})
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)

    def patched(self, record: Any, data: Any) -> dict[str, Any]:
        """Validated input of a merge patch (RFC 7396): null empties a field, objects are merged into what is stored."""
        if isinstance(data, dict):
            fields: Any = self.serializer_class(context={"actor": self.actor}).fields  # type: ignore[attr-defined]
            data = {name: _emptied(fields[name]) if name in fields and value is None else value
                    for name, value in data.items()}  # fmt: skip
        found = self.shaped(data, partial=True)
        return {name: merged(getattr(record, name), value) if isinstance(value, dict) else value
                for name, value in found.items()}  # fmt: skip

    def filtered(self) -> QuerySet:
        """Rows after typed filters."""
        rows, params = self.rows(), self.request.query_params
        if self.filterset_class is not None and set(params) - set(PAGING):
            found = self.filterset_class(params, queryset=rows, request=self.request)
            if not found.is_valid():
                raise serializers.ValidationError(found.errors)
            rows = found.qs
        if params.get("updated_since"):
            rows = rows.filter(updated_at__gt=moment(params["updated_since"], "updated_since"))
        return rows

    def list(self, request: Any, **kwargs: Any) -> Response:
        """One page of records, oldest first; with updated_since what changed and what was deleted."""
        since = request.query_params.get("updated_since")
        if not since:
            own: Any = type(self)
            if set(request.query_params) - WHOLE or self._chooses() or _light(own) is None:
                return paging.page(request, self.filtered(), self.represent, self.order)
            return paging.page_found(request, self.queryset.model, self._page_of_all, self.represent, self.order)
        gone = tombstones(self.scope, self.queryset.model, moment(since, "updated_since"))
        return paging.changes_page(request, self.filtered(), gone, self.represent)

    def _chooses(self) -> bool:
        """Whether the room chooses among the rows of the scope in a way of its own."""
        own: Any = type(self)
        return own.rows is not RecordViewSet.rows or own.filtered is not RecordViewSet.filtered

    def _page_of_all(self, number: int, after: Sequence[Any] | None) -> Sequence[Any]:
        values = {f"after_{place}": value for place, value in enumerate(after or ())}
        own: Any = type(self)
        rows = _whole(own, number, after is not None)
        return rows.asked(self.scope.alias, management_system=self.scope.management_system_id, **values)

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
        changed = self.change_record(record, version, self.patched(record, request.data))
        return tagged(Response(self.represent(self.record(str(changed.pk)), many=False)), changed)

    def destroy(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Delete it for good; needs If-Match. Only what nobody decided about can be deleted."""
        version = expected_version(request)
        self.delete_record(self.record(pk), version)
        return Response(status=204)

    def steps(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Steps from the present state: open or not, why not, who could, what each takes as JSON Schema."""
        record = self.record(pk)
        flow = workflow.workflow_of(record)
        items = [
            {
                "name": offer.step.name, "label": str(offer.step.label), "open": offer.open,
                "signs": offer.step.signs, "target": offer.step.target,
                "shown_hash": flow.shown_hash(record) if offer.step.signs else None,
                "reason_required": offer.step.reason_required, "inputs": workflow.inputs_schema(offer.step),
                "obstacles": [{"code": o.code, "reason": str(o.reason), "remedy": o.remedy,
                               "who": [str(p) for p in o.who]} for o in offer.obstacles],
            }
            for offer in workflow.offers(record, self.actor)
        ]  # fmt: skip
        return tagged(Response({"items": items}), record)

    def take_step(self, request: Any, pk: str = "", name: str = "", **kwargs: Any) -> Response:
        """Take a step; body: reason, shown_hash, inputs. Needs If-Match."""
        version = expected_version(request)
        record = self.record(pk)
        shape = TakeStepSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        body = shape.validated_data
        inputs = step_inputs(workflow.workflow_of(record).step(name), body["inputs"])

        def work() -> Response:
            taken = workflow.take(
                name, record, actor=self.actor, inputs=inputs, expected_version=version,
                shown_hash=body["shown_hash"], reason=body["reason"],
            )  # fmt: skip
            return tagged(Response(self.represent(self.record(str(taken.pk)), many=False)), taken)

        return self.once(work)

    def _created(self, record: Any) -> Response:
        response = Response(self.represent(self.record(str(record.pk)), many=False), status=201)
        response["Location"] = f"{self.request.path}{record.pk}/"
        return tagged(response, record)


class NowhereView(APIView):
    """Any other address below /api/: 401 without a token, else 404, always as a problem."""

    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Sign-in first, so that strangers learn nothing."""
        super().initial(request, *args, **kwargs)
        raise NotFound


def _emptied(field: Any) -> Any:
    """What null stands for in a merge patch: nothing, which some columns write as blank or as an empty list."""
    if isinstance(field, serializers.ListField | serializers.ManyRelatedField):
        return []
    return "" if getattr(field, "allow_blank", False) and not field.allow_null else None


def merged(stored: Any, given: dict[str, Any]) -> dict[str, Any]:
    """A merge patch applied to a stored object (RFC 7396): null takes a name away, objects go down a level."""
    found = dict(stored) if isinstance(stored, dict) else {}
    for name, value in given.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value) if isinstance(value, dict) else value
    return found


def is_uuid(text: str) -> bool:
    """Whether a path part can be an id at all."""
    if len(text) not in (32, 36):
        return False
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def step_inputs(step: workflow.Step, given: dict[str, Any]) -> Any:
    """Build the step's inputs dataclass from the body; raises 400 for unknown or missing fields."""
    if step.inputs is None:
        if given:
            raise Problem(400, "invalid", "This step takes no inputs.")
        return None
    return workflow.inputs_from(step, given)


shapes: dict[str, type[serializers.BaseSerializer]] = {}
"""First part of the address → shape of its records, for vocabularies."""


def record_urls(
    plural: str,
    name: str,
    viewset: type[RecordViewSet],
    *,
    creates: bool = True,
    changes: bool = True,
    steps: bool = True,
) -> list[Any]:
    """The addresses a record type has: list, one, its bulk steps where the register has some, its workflow's steps."""
    shapes[plural] = viewset.serializer_class
    base = f"<slug:slug>/{plural}/"
    one = f"{base}<str:pk>/"
    listed: dict[str, Any] = {"get": "list", "post": "create"} if creates else {"get": "list"}
    single: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"} if changes else {"get": "retrieve"}
    single |= {"delete": "destroy"} if viewset.delete_record is not RecordViewSet.delete_record else {}
    bulk: dict[str, Any] = {"get": "bulk_steps", "post": "bulk"}
    found = [
        *comment_urls(one, name, viewset),
        path(base, viewset.as_view(listed), name=f"{name}-list"),
        *([path(f"{base}bulk/", viewset.as_view(bulk), name=f"{name}-bulk")] if viewset.register else []),
        path(one, viewset.as_view(single), name=f"{name}-one"),
    ]
    return [*found, *step_urls(one, name, viewset)] if steps else found


def step_urls(one: str, name: str, viewset: type[RecordViewSet]) -> list[Any]:
    """The addresses of the steps of a record at ``one``."""
    return [
        path(f"{one}steps/", viewset.as_view({"get": "steps"}), name=f"{name}-steps"),
        path(f"{one}steps/<str:name>/", viewset.as_view({"post": "take_step"}), name=f"{name}-step"),
    ]


def comment_urls(one: str, name: str, viewset: type[RecordViewSet]) -> list[Any]:
    """The addresses of what is said about a record at ``one``; none where nobody comments."""
    if not registries.is_commented(records.type_of(viewset.queryset.model)):
        return []
    said: dict[str, Any] = {"get": "comments", "post": "comment"}
    own: dict[str, Any] = {"get": "one_comment", "delete": "take_back"}
    return [
        path(f"{one}comments/", viewset.as_view(said), name=f"{name}-comments"),
        path(f"{one}comments/<str:comment>/", viewset.as_view(own), name=f"{name}-comment"),
    ]
