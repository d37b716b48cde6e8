"""Approved versions as they were frozen, and the difference between any two of them or the working copy."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controls import queries, words
from controls.content import differences
from controls.views.base import StatementView
from core import approvals

NOW = "now"


class Versions(StatementView):
    """All versions, newest first, and the working copy above them."""

    template = "controls/versions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them with what each changed."""
        versions = self.statement.versions
        contents = [approvals.frozen(version) for version in versions]
        rows = []
        for index, version in enumerate(versions):
            before = contents[index + 1] if index + 1 < len(versions) else None
            changed = differences(before, contents[index]) if before else []
            excluded = sum(row["applies"] == "no" for row in contents[index]["controls"])
            rows.append({"version": version, "changed": len(changed), "first": before is None, "excluded": excluded})
        return self.render(**self.shared(), rows=rows)


class VersionPage(StatementView):
    """One version, rendered from its frozen content alone."""

    template = "controls/version.html"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show what was approved, under the names people bore then."""
        version = queries.version(self.scope, number)
        content = approvals.frozen(version)
        people = queries.names_at(self.scope, [content], version.at)
        rows = [frozen_row(row, people) for row in content["controls"]]
        areas: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            areas.setdefault("O" if row["own"] else row["area"], []).append(row)
        groups = [
            (code, _("Own controls") if code == "O" else words.area_title(code), area) for code, area in areas.items()
        ]
        confirmed = {
            name: {"on": words.value_in_words("last_review", given["on"], people), "name": people.get(given["by"], "")}
            for name, given in content["confirmations"].items()
        }
        signed = str(version.person_id)
        named = queries.people_named(self.scope, [*version.authors, signed], version.at)
        return self.render(
            **self.shared(), version=version, groups=groups, confirmed=confirmed,
            person=named.get(signed, ""),
            authors=[named.get(pk, "") for pk in version.authors],
            intact=not approvals.drifted(version, content),
        )  # fmt: skip


def frozen_row(row: Mapping[str, Any], people: words.People) -> dict[str, Any]:
    """A frozen row in words."""
    excluded = row["applies"] == "no"
    return {
        **row,
        "title": words.title_of(row["code"], row["title"], row["own"]),
        "applies_label": words.value_in_words("applies", row["applies"], people),
        "where_label": "" if excluded else words.where_in_short(row["where"], row["systems"]),
        "because_short": words.drivers_in_short(row["drivers"]),
        "status_label": _("Excluded") if excluded else words.value_in_words("status", row["status"], people),
        "status": "excluded" if excluded else row["status"],
        "owner_name": words.value_in_words("owner", row["owner"], people),
        "next": words.value_in_words("next_review", row["next_review"], people),
        "last": words.value_in_words("last_review", row["last_review"], people),
    }


class Differences(StatementView):
    """What differs between two versions, or between a version and the working copy."""

    template = "controls/differences.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Compare ``from`` with ``to``: numbers, or "now" for the working copy."""
        versions = {str(version.number): version for version in self.statement.versions}
        newest = str(self.statement.latest.number) if self.statement.latest else ""
        start, end = request.GET.get("from", newest), request.GET.get("to", NOW)
        if any(one not in {*versions, NOW, ""} for one in (start, end)):
            raise Http404
        before, after = self._content(start, versions), self._content(end, versions)
        changes = differences(before, after) if before else []
        people = queries.names_at(self.scope, [before, after])
        titles = {row["code"]: row for one in (before, after) if one for row in one["controls"]}
        shown = [
            (
                one,
                words.title_of(one.code, titles[one.code]["title"], titles[one.code]["own"]),
                words.changed_rows(one, people),
            )
            for one in changes
        ]
        options = [(NOW, _("Working copy")), *((number, f"v{number}") for number in versions)]
        return self.render(
            **self.shared(), start=start, end=end, changes=shown, options=options, comparable=bool(before)
        )

    def _content(self, which: str, versions: Mapping[str, Any]) -> Any:
        if which == NOW:
            return self.statement.content
        return approvals.frozen(versions[which]) if which in versions else None
