"""A tired reader: follows every link, and fills every form with whatever it is told."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import Resolver404, resolve


@dataclass
class Form:
    """A form as a browser would send it: address, values as shown, names of text fields, buttons with a name."""

    action: str
    method: str = "get"
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    texts: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    id: str = ""


class Page(HTMLParser):
    """Links and forms of a page; fields outside a form belong to the one they name."""

    def __init__(self, path, text):
        super().__init__()
        self.path, self.links, self.forms = path, [], []
        self._form = self._box = self._select = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.path, given["href"]))
        elif tag == "form":
            address = urljoin(self.path, given.get("action", ""))
            self._form = Form(address, given.get("method", "get").lower(), id=given.get("id", ""))
            self.forms.append(self._form)
        elif tag == "option" and self._select and ("selected" in given or self._select[1] is None):
            self._select[1] = given.get("value", "")
        elif given.get("name"):
            owner = next((one for one in self.forms if one.id and one.id == given.get("form")), self._form)
            if owner is not None:
                self._field(tag, given, owner)

    def _field(self, tag, given, form):
        name, value, kind = given["name"], given.get("value", ""), given.get("type", "text")
        if tag == "select":
            self._select = [name, None, form]
        elif tag == "textarea":
            form.texts.add(name)
            self._box = [name, "", form]
        elif tag == "button" or kind == "submit":
            form.buttons.append((name, value))
        elif kind not in {"checkbox", "radio"} or "checked" in given:
            form.values[name].append(value)
            if kind in {"text", "search", "email"}:
                form.texts.add(name)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select:
            self._select[2].values[self._select[0]].append(self._select[1] or "")
            self._select = None
        elif tag == "textarea" and self._box:
            self._box[2].values[self._box[0]].append(self._box[1].removeprefix("\n"))
            self._box = None

    def handle_data(self, data):
        if self._box:
            self._box[1] += data


def name_of(path):
    """The route behind an address; "" for none."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def pages(client, start, under, *, parameters=True):
    """Route and parameters → page, of one address each, by following links; and links that lead nowhere."""
    found, dead, todo, seen = {}, [], deque([start]), set()
    while todo:
        path = urlsplit(todo.popleft())._replace(scheme="", netloc="", fragment="").geturl()
        asked = parse_qsl(urlsplit(path).query) if parameters else ()
        key = (name_of(path), *sorted(name for name, _value in asked))
        if key in seen or not path.startswith(under):
            continue
        seen.add(key)
        answer = client.get(path)
        if answer.status_code == 302:
            todo.append(urljoin(path, answer["Location"]))
        elif answer.status_code != 200:
            dead.append(f"{path} answered {answer.status_code}")
        elif not answer.streaming and answer["Content-Type"].startswith("text/html"):
            found[key] = Page(path, answer.content.decode())
            todo.extend(found[key].links)
    return found, dead


def forms(found):
    """(route of the address, form) of each different form that is posted."""
    seen = {}
    for page in found.values():
        for form in page.forms:
            if form.method == "post":
                seen.setdefault((name_of(form.action), tuple(sorted(form.values)), tuple(form.buttons)), form)
    return [(key[0], form) for key, form in seen.items()]
