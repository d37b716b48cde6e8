"""Issuing a report: a job that reads one moment, renders it outside the process, keeps the files, writes one record."""

import base64
import dataclasses
import datetime
import hashlib
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core import blobs, clock, jobs, keys, policy, replay, scope
from core.actor import Actor
from core.canonical import moment_text
from core.change import change
from core.errors import NotFound
from core.models import Blob, Job, ManagementSystem, Profile
from core.services.dressing import logo_of
from reports import signing
from reports.builders.reading import collecting
from reports.definitions import MEDIA_TYPES, Definition, Options, definition_of
from reports.documents import common
from reports.models import IssuedReport
from reports.render import client

KIND = "reports.issue"
PAPERS = ("A4", "Letter")
LANGUAGES = ("en", "de")
RENDER_LIMIT_S = {"pdf": 600, "xlsx": 180, "json": 60}
TICK_S = 1.0


def ask_for_report(
    *,
    actor: Actor,
    kind: str,
    formats: list[str] | None = None,
    as_of: datetime.datetime | None = None,
    language: str = "",
    paper: str = "",
) -> Job:
    """Ask for a report as it is now, or as of a past moment; returns its job. Raises Forbidden, ValidationError."""
    policy.require(actor, "reports.ask")
    definition = definition_of(kind)
    wanted = formats or list(definition.formats)
    profile = Profile.objects.get(management_system_id=actor.management_system_id)
    language, paper = language or profile.language, paper or profile.paper
    _check(definition, wanted, as_of, language, paper)
    params = {"kind": kind, "formats": sorted(set(wanted)), "language": language, "paper": paper,
              "as_of": moment_text(as_of) if as_of else ""}  # fmt: skip
    with translation.override(language):
        title = str(definition.title)
    return jobs.enqueue(actor, KIND, params, title=title, total=len(params["formats"]) + 1)


def _check(
    definition: Definition, formats: list[str], as_of: datetime.datetime | None, language: str, paper: str
) -> None:
    problems: dict[str, Any] = {}
    if set(formats) - set(definition.formats):
        problems["formats"] = _("This report comes as %(formats)s.") % {"formats": ", ".join(definition.formats)}
    if as_of is not None and as_of > clock.now():
        problems["as_of"] = _("This moment has not come yet.")
    if language not in LANGUAGES:
        problems["language"] = _("Choose English or German.")
    if paper not in PAPERS:
        problems["paper"] = _("Choose A4 or Letter.")
    if problems:
        raise ValidationError(problems)


def build(read: scope.Scope, kind: str, options: Options) -> Any:
    """The report as a plain shape, in its language, with the claims of all its figures."""
    return _built(read, kind, options)[0]


def rows_behind(read: scope.Scope, kind: str, options: Options, claim: str) -> tuple[common.Claim, list[Any]]:
    """A figure's claim by its short id, and the rows it counts at the scope's moment. Raises NotFound."""
    report, rows = _built(read, kind, options)
    for one in report.claims:
        if one.id == claim:
            return one, rows[one.claim]
    raise NotFound


def _built(read: scope.Scope, kind: str, options: Options) -> tuple[Any, dict[str, list[Any]]]:
    with translation.override(options.language), collecting() as rows:
        report = definition_of(kind).build(read.speaking(options.language), options)
    claims = [common.Claim(common.claim_id(claim), claim, len(found)) for claim, found in sorted(rows.items())]
    return dataclasses.replace(report, claims=claims), rows


@jobs.handler(KIND)
def issue(running: jobs.Running) -> None:
    """Do the job; run again after a crash it reads the same moment and writes the record once."""
    if IssuedReport.objects.filter(
        management_system_id=running.job.management_system_id, job_id=running.job.pk
    ).exists():
        return
    params = running.params
    options = Options(params["language"], params["paper"])
    report, cut, look = _read(running, params, options)
    files = []
    for number, wanted in enumerate(params["formats"], start=1):
        running.progress(number, len(params["formats"]) + 1, wanted.upper())
        files.append(_make_file(running, report, wanted, number, look))
    running.progress(len(params["formats"]) + 1)
    _write_record(running, report, cut, files)


def _read(
    running: jobs.Running, params: dict[str, Any], options: Options
) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """The report at its moment: chosen by the asker, fixed by an earlier try, or now."""
    tenant = running.job.management_system_id
    cut = running.job.result.get("cut")
    if cut:
        moment = datetime.datetime.fromisoformat(cut["moment"])
        alias = replay.scratch(tenant, cut["seq"], cut["people_seq"], moment)
        read = scope.Scope(tenant, alias, cut["seq"], moment, cut["people_seq"], past=cut["past"])
        return build(read, params["kind"], options), cut, look_of(read.profile)
    if params["as_of"]:
        try:
            read = scope.as_of(tenant, datetime.datetime.fromisoformat(params["as_of"]))
        except ValueError as error:
            raise jobs.JobFailed(str(error)) from error
        return build(read, params["kind"], options), _keep_cut(running, read), look_of(read.profile)
    with scope.snapshot(tenant) as read:
        report, look = build(read, params["kind"], options), look_of(read.profile)
    return report, _keep_cut(running, read), look


def _keep_cut(running: jobs.Running, read: scope.Scope) -> dict[str, Any]:
    cut = {"seq": read.seq, "people_seq": read.people_seq, "moment": moment_text(read.moment), "past": read.past}
    running.result(cut=cut)
    return cut


def _make_file(running: jobs.Running, report: Any, wanted: str, number: int, look: Mapping[str, str]) -> dict[str, Any]:
    """Render one format, telling progress to the job; a failure is shown with its reason."""
    last = time.monotonic()

    def tick(done: int, total: int) -> bool:
        nonlocal last
        if time.monotonic() - last >= TICK_S:
            last = time.monotonic()
            told = f"{wanted.upper()} {done}/{total}" if total else wanted.upper()
            running.progress(number, None, told)
        return True

    try:
        data, identity = written(report, wanted, look, tick)
    except (client.RenderFailed, signing.SealFailed) as failure:
        says = _("%(format)s could not be made: %(reason)s") % {"format": wanted.upper(), "reason": failure.reason}
        raise jobs.JobFailed(says) from failure
    slug = ManagementSystem.objects.get(pk=running.job.management_system_id).slug
    name = f"{slugify(slug)}-{report.cover.number.lower()}.{wanted}"
    blob = running.attach(name, data, MEDIA_TYPES[wanted])
    kept = {"format": wanted, "name": name, "sha256": blob.sha256, "size": blob.size, "media_type": blob.media_type}
    return kept | identity


def look_of(profile: Profile) -> dict[str, str]:
    """Colour, logo and address of the management system at the moment of the report, as the renderer takes them."""
    slug = ManagementSystem.objects.values_list("slug", flat=True).get(pk=profile.management_system_id)
    site = f"{settings.SITE_URL}/{slug}/"
    return {"accent": profile.accent, "logo": base64.b64encode(logo_of(profile)).decode(), "site": site}


def written(
    report: Any, wanted: str, look: Mapping[str, str], tick: client.Tick | None = None
) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a format and, of a PDF, what its sealed file begins with. Raises RenderFailed, SealFailed."""
    sealed = wanted == "pdf"
    dress = {"seal_key": keys.document_fingerprint(), **look} if sealed else {}
    data = client.render(report, wanted, dress=dress, timeout_s=RENDER_LIMIT_S[wanted], tick=tick)
    if not sealed:
        return data, {}
    identity = {"rendition": hashlib.sha256(data).hexdigest(), "rendition_size": len(data)}
    return signing.seal(data, report.cover.number), identity


def _write_record(running: jobs.Running, report: Any, cut: dict[str, Any], files: list[dict[str, Any]]) -> None:
    record = IssuedReport(
        kind=report.KIND, title=running.job.title, language=report.cover.language, paper=report.cover.paper,
        as_of=datetime.datetime.fromisoformat(cut["moment"]), seq=cut["seq"], people_seq=cut["people_seq"],
        past=cut["past"], content_hash=common.content_hash(report), files=files,
        asked_by_id=running.actor.person_id, job_id=running.job.pk,
    )  # fmt: skip
    with running.owned(), change(running.actor, "reports.issue") as unit:
        unit.save(record)
    running.result(report=record.ref, content_hash=record.content_hash)


def file_of(report: IssuedReport, wanted: str) -> Blob:
    """The stored file of a format; raises NotFound."""
    for known in report.files:
        if known["format"] == wanted:
            found = Blob.objects.filter(
                management_system_id=report.management_system_id, sha256=known["sha256"]
            ).first()
            if found is not None:
                blobs.open_blob(found).close()
                return found
    raise NotFound
