"""Numbers stand on pages as the reader's language writes them; what programs read stays plain."""

import re

import pytest
from django.template import Context, Template
from django.utils import translation

from apis.models import Artefact
from apis.threat_words import figures
from core.change import change
from core.models import Person
from core.templatetags import ui
from core.wording import filled, number
from tests.catalogues.texts import ROOT
from tests.makers import make_management_system, make_manager

PLAIN = re.compile(
    r'\b(?:value|data-version)="\{\{ [a-z_.]*\bversion \}\}"|\bdata-total="\{\{ [a-z_.]+ \}\}"'
    r'|<progress [^>]*\{\{ [a-z_.]+ \}\}|\b(?:name|id|for)="[^"]*\{\{ (?:[a-z]+\.)?at \}\}'
)
"""Attributes that programs read and that hold whole numbers."""


@pytest.mark.parametrize(("language", "said"), [("en", "1,895"), ("de", "1.895")])
def test_a_number_is_written_as_the_language_does(language, said):
    with translation.override(language):
        assert number(1895) == said
        assert Template("{{ n }}").render(Context({"n": 1895})) == said
        assert said in ui.fig(1895, "/rows/") and said in ui.fig(1895)
        assert filled("%(n)d of %(all)s in %(where)s", {"n": 1895, "all": 1895, "where": "2026"}) == (
            f"{said} of {said} in 2026"
        )


def test_figures_within_words_are_written_so_too():
    assert figures("1391 / 1799, 77.3 %") == "1,391 / 1,799, 77.3 %"
    with translation.override("de"):
        assert figures("1391 / 1799, 77.3 %") == "1.391 / 1.799, 77,3 %"


def test_small_numbers_and_zero_stay_as_they_are():
    assert (number(0), number(999), number(12345678)) == ("0", "999", "12,345,678")
    assert ui.fig(0) == '<span class="quiet">0</span>'


def test_numbers_in_attributes_for_programs_are_written_plainly():
    wrong = [(path.name, found.group()) for path in (ROOT / "templates").rglob("*.html")
             if "reports" not in path.parts for found in PLAIN.finditer(path.read_text())]  # fmt: skip
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("en", "1,895"), ("de", "1.895")])
def test_a_register_says_large_counts_and_its_file_holds_the_number(client, language, said):
    tenant = make_management_system(slug="north")
    manager = make_manager(tenant)
    with change(manager, "test.artefact") as unit:
        unit.save(Artefact(name="calls.log", kind="traffic", sha256="0" * 64, parser="1", lines=1895, read=1))
    person = Person.objects.get(pk=manager.person_id)
    person.language = language
    person.save(update_fields=["language"])
    client.force_login(person)
    assert f">{said}<" in client.get("/north/apis/brought-in/").content.decode()
    assert "1895" in client.get("/north/apis/brought-in/?export=csv").content.decode()
