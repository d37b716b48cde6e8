"""Makers of services with descriptions: give only what matters to the test."""

import datetime
from typing import Any

import yaml
from django.utils.text import slugify

from apis.descriptions.reading import read
from apis.findings import Finding
from apis.models import Service
from apis.services import Delivery, Looking, bring_description, judge_service
from core.actor import operator
from core.change import change
from core.scope import current

OPEN = {"get": {"responses": {"401": {}, "429": {"headers": {"Retry-After": {}}}}}}
SAFE = {"get": {"security": [{"key": []}], "responses": OPEN["get"]["responses"]}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Chat", "version": "1", "contact": {"email": "api@example.org"}},
    "servers": [{"url": "https://api.example.org", "description": "Production"}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}
READS = "owasp:api2:2023-read-restricted"


def make_service(tenant: Any, name: str = "Chat", **fields: Any) -> Service:
    """A service on a host of its own."""
    fields.setdefault("host", f"{slugify(name)}.example.org")
    with change(operator(tenant.pk), "test.service") as unit:
        return unit.save(Service(name=name, **fields))


def looking(paths: dict[str, Any], **more: Any) -> Looking:
    """A description of these paths, to be judged."""
    content = yaml.safe_dump({**DOCUMENT, "paths": paths}).encode()
    return Looking(read(content, "chat.yaml"), name="chat.yaml", hash="a" * 64, **more)


def make_description(service: Service, paths: dict[str, Any]) -> Service:
    """A description that is brought in for a service, unjudged."""
    data = yaml.safe_dump({**DOCUMENT, "paths": paths}).encode()
    actor = operator(service.management_system_id)
    bring_description(actor=actor, delivery=Delivery(data, "chat.yaml", service.host))
    return Service.objects.get(pk=service.pk)


def make_finding(service: Service, path: str = "/a") -> Finding:
    """The finding that a path is read without credentials."""
    judge_service(actor=operator(service.management_system_id), service=service, looking=looking({path: OPEN}))
    return Finding.objects.get(service=service, rule=READS, path=path)


def soon(tenant: Any, days: int = 30) -> datetime.date:
    """A day ahead in the management system's zone."""
    return current(tenant.pk).today + datetime.timedelta(days=days)
