"""The same job asked for twice at once is one job; two questions are never one."""

import pytest
from django.db.models.query import QuerySet
from django.http import QueryDict

from core import jobs, scope
from core.models import Job
from core.registers import export, registers
from tests.makers import actor_for, make_management_system, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_management_system("asking", name="Sample Mutual")


@pytest.fixture
def actor(tenant):
    return actor_for(make_member(tenant, "manager"), tenant)


def test_who_asks_a_moment_later_gets_the_job_of_the_first(actor, monkeypatch):
    first = jobs.enqueue(actor, export.KIND, {}, unique_key="same")
    found, looks = QuerySet.first, []

    def blind_at_first(self):
        if self.model is Job and not looks:
            looks.append(1)
            return None  # the other request has not committed yet
        return found(self)

    monkeypatch.setattr(QuerySet, "first", blind_at_first)
    assert jobs.enqueue(actor, export.KIND, {}, unique_key="same").pk == first.pk
    assert looks and Job.objects.count() == 1


def test_two_exports_whose_addresses_differ_late_are_two_jobs(actor, tenant):
    here = scope.current(tenant.pk)
    for end in ("1", "2"):
        query = QueryDict(f"q={'x' * 300}{end}")
        export.ask(registers()["risks"].listing(here, actor, query, "/asking/risks/", "asking"), "csv")
    assert Job.objects.count() == 2
