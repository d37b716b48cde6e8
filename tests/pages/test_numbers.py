"""A number in the navigation is the number of rows behind it."""

import re

import pytest

from aims.models import AISystem
from core import workflow
from core.models import Person
from risks import services
from risks.models import Risk
from tests.controls.makers import make_house, make_system
from tests.risks.makers import make_assessed

pytestmark = pytest.mark.django_db


def test_the_navigation_counts_what_its_registers_list_also_what_is_over(client):
    house = make_house("here")
    make_house("there")
    person = Person.objects.get(pk=house.manager.person_id)
    closed = make_assessed(house.manager, person, title="Over")
    workflow.take("close", closed, actor=house.manager, reason="Gone")
    services.register_risk(actor=house.manager, title="Draft")
    for state in (AISystem.IN_SCOPE, AISystem.RETIRED):
        make_system(house, state)
    assert Risk.objects.filter(state=Risk.CLOSED).count() == 1
    client.force_login(person)
    for place, label in (("risks", "Risks"), ("systems", "AI systems")):
        shown = client.get(f"/here/{place}/").content.decode()
        number = re.search(rf'<a href="/here/{place}/"[^>]*>{label}<span class="n">(\d+)</span>', shown)
        assert number, place
        assert int(number[1]) == shown.count('name="pick"') == 2


def test_a_heat_map_names_levels_by_the_letters_of_the_readers_language(client):
    house = make_house("here")
    person = Person.objects.get(pk=house.manager.person_id)
    make_assessed(house.manager, person)
    client.force_login(person)
    letters = {}
    for language in ("en", "de"):
        person.language = language
        person.save()
        shown = client.get("/here/risks/heat-map/", headers={"accept-language": language}).content.decode()
        assert f'lang="{language}"' in shown
        letters[language] = set(re.findall(r'class="k" aria-hidden="true">(\w)</span>', shown))
    assert letters == {"en": set("LMHC"), "de": set("NMHK")}
