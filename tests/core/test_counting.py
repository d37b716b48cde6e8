"""Many counts in one query say what each count by itself says."""

import pytest
from django.db.models import Exists, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from aims.models import AISystem
from aims.services.systems import register_system
from core.counting import counted
from risks import services
from risks.models import Action, Risk
from tests.makers import actor_for, make_management_system, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def tenants():
    """Two management systems with different numbers of records."""
    found = []
    for slug, many in (("here", 5), ("there", 3)):
        tenant = make_management_system(slug=slug)
        anna = make_member(tenant, "manager", name=f"Anna {slug}")
        actor = actor_for(anna, tenant)
        system = register_system(actor=actor, name=f"Chatbot of 100 % {slug}")
        register_system(actor=actor, name="Search")
        for n in range(many):
            risk = services.register_risk(actor=actor, title=f"Wrong advice {n}", owner=anna if n % 2 else None)
            if n % 3 == 0:
                services.add_action(actor=actor, risk=risk, what="Sample answers")
        found.append((tenant, anna, system))
    return found


def asked_of(tenant, anna) -> dict[str, QuerySet]:
    """Query sets of every kind a page counts."""
    risks, systems = (model.objects.filter(management_system=tenant) for model in (Risk, AISystem))
    actions = Action.objects.filter(risk=OuterRef("pk"))
    return {
        "all": risks,
        "all once more": risks,
        "sorted": risks.order_by("-title"),
        "none": risks.none(),
        "nobody's": risks.filter(pk__in=[]),
        "hers": risks.filter(owner=anna),
        "with nobody": risks.filter(owner=None),
        "one or other": risks.filter(Q(title__icontains="3") | Q(owner=anna)),
        "not": risks.exclude(title__endswith="1").exclude(owner=anna),
        "with actions": risks.filter(Exists(actions)),
        "without": risks.filter(~Exists(actions)),
        "through a join": risks.filter(owner__name__startswith="Anna"),
        "rows of a join": risks.filter(actions__what__contains="e").distinct(),
        "annotated": risks.annotate(one=Value(1)).filter(one=1),
        "sub-query": risks.filter(pk__in=risks.order_by("pk").values("pk")[:2]),
        "united": risks.filter(title__endswith="1").union(risks.filter(title__endswith="2")),
        "numbered": risks.annotate(n=Window(RowNumber(), order_by="pk")).filter(n__lte=2),
        "systems": systems,
        "with a per cent sign": systems.filter(name__contains="100 %"),
        "everybody's": AISystem.objects.all(),
        "every risk": Risk.objects.all(),
    }


def test_many_counts_at_once_are_the_counts_one_by_one(tenants, django_assert_num_queries):
    for tenant, anna, _system in tenants:
        asked = asked_of(tenant, anna)
        alone = {key: rows.count() for key, rows in asked.items()}
        with django_assert_num_queries(1):
            assert counted(asked) == alone
        assert alone["all"] != alone["every risk"]
        assert 0 < alone["with actions"] < alone["all"]


def test_what_chooses_from_one_table_is_counted_in_one_pass(tenants, django_assert_num_queries):
    tenant, anna, _system = tenants[0]
    risks = Risk.objects.filter(management_system=tenant)
    with django_assert_num_queries(1) as caught:
        counted({"all": risks, "hers": risks.filter(owner=anna), "not": risks.exclude(owner=anna)})
    assert caught.captured_queries[0]["sql"].count('FROM "risks_risk"') == 1


def test_nothing_to_count_asks_nothing(tenants, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert counted({}) == {}
        assert counted({"none": Risk.objects.none()}) == {"none": 0}


def test_any_number_of_counts_is_asked_together(tenants):
    tenant, _anna, _system = tenants[0]
    joined = Risk.objects.filter(management_system=tenant, owner__name__startswith="Anna")
    assert set(counted(dict.fromkeys(range(100), joined)).values()) == {joined.count()}
