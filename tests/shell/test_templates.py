"""Every template, of every room: no inline style, script or handler, and of a size one can read."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(path for path in ROOT.rglob("*.html") if "reports" not in path.relative_to(ROOT).parts[:1])
LONGEST = 200
TAGS = re.compile(r"{%.*?%}|{{.*?}}")


class Inline(HTMLParser):
    """Collects what a strict content policy forbids."""

    def __init__(self):
        super().__init__()
        self.found, self.in_script = [], False

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")]
        self.found += [
            f"<{tag} {name}=javascript:>" for name, value in attrs if (value or "").startswith("javascript:")
        ]
        self.found += ["<style>"] if tag == "style" else []
        self.in_script = tag == "script" and "src" not in names and names.get("type") != "application/json"
        self.found += ["<script> without src"] if self.in_script else []
        self.found += [f"<{tag} {name}>" for name in names if name.startswith("hx-on")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_inline_and_fits_a_screen_or_four(path):
    source = path.read_text()
    parser = Inline()
    parser.feed(TAGS.sub("", source))
    assert parser.found == []
    assert len(source.splitlines()) <= LONGEST


def test_the_parser_sees_what_it_looks_for():
    parser = Inline()
    parser.feed(
        '<p style="x"><a onclick="y" href="javascript:z"></a><style></style><script>1</script><i hx-on:click="1">'
    )
    assert len(parser.found) == 6
