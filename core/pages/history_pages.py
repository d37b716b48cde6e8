"""Pages of the history: the register, one entry, checking the chain, undoing a step."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import keys, policy, records
from core.errors import NotFound
from core.lists.work import EntryRegister
from core.models import Job
from core.pages.registers import RegisterView
from core.pages.views import MemberView
from core.queries import history, undoing
from core.services.seals import check_history, take_checkpoint
from core.services.undoing import undo_or_queue
from core.wording import filled, inside, number


class HistoryPage(RegisterView):
    """The register of entries."""

    register = EntryRegister
    template = "core/history.html"


class EntryPage(MemberView):
    """One entry: what changed in words, the sealed bytes, its place in the chain."""

    permission = "core.read"

    def get(self, request: HttpRequest, seq: int) -> HttpResponse:
        """Show the entry."""
        entry = history.entries(self.scope).filter(seq=seq).first()
        if entry is None:
            raise NotFound
        change = history.told([entry], self.scope, self.management_system.slug)[0]
        text = orjson.dumps(orjson.loads(entry.state), option=orjson.OPT_INDENT_2).decode() if entry.state else ""
        step = undoing.step(self.scope, self.actor, entry.change_id)
        given: dict[str, Any] = {
            "entry": entry, "change": change, "state_text": text, "step": step,
            "kind": history.type_label(entry.record_type),
            "erased": entry.state is None, "head": history.chain_of(self.scope).seq,
        }  # fmt: skip
        return self.render("core/entry.html", **given)


class CheckHistory(MemberView):
    """Walk the chain now and say what was found."""

    permission = "core.verify"
    writes = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Explain, with the button."""
        return self.render(
            "core/history_check.html", chain=history.chain_of(self.scope), fingerprint=keys.fingerprint()
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check."""
        verdict = check_history(actor=self.actor)
        given: dict[str, Any] = {
            "verdict": verdict,
            "fingerprint": keys.fingerprint(),
            "chain": history.chain_of(self.scope),
        }
        return self.render("core/history_check.html", **given)


class TakeCheckpoint(MemberView):
    """Sign the head and hand it over as a file to keep elsewhere."""

    permission = "core.verify"
    writes = True

    def post(self, request: HttpRequest) -> HttpResponse:
        """Download it."""
        kept = take_checkpoint(actor=self.actor)
        answer = HttpResponse(orjson.dumps(kept, option=orjson.OPT_INDENT_2), content_type="application/json")
        name = f"checkpoint-{self.management_system.slug}-{kept['seq']}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def step_about(step: undoing.Step) -> str:
    """What a step touched: the record by kind and reference, or how many of which kind."""
    if step.records == 1:
        return f"{history.type_label(step.first.record_type)} {step.first.ref}".strip()
    kinds = {entry.record_type for entry, _code in (*step.back, *step.kept)}
    model = records.record_models().get(step.first.record_type)
    if len(kinds) == 1 and model is not None:
        return f"{number(step.records)} {model._meta.verbose_name_plural}"
    return filled(ngettext("%(n)s record", "%(n)s records", step.records), {"n": step.records})


class UndoStep(MemberView):
    """What undoing a step would do; then do it."""

    permission = "core.read"
    writes = True

    def found(self, change_id: str) -> undoing.Step:
        """Return the step; raises NotFound."""
        step = undoing.step(self.scope, self.actor, change_id)
        if step is None:
            raise NotFound
        return step

    def get(self, request: HttpRequest, change_id: Any) -> HttpResponse:
        """Show the step, what would be put back and what would stay."""
        step = self.found(str(change_id))
        change = history.told([step.first], self.scope, self.management_system.slug)[0]
        who = policy.who("core.undo", None, self.management_system.pk)
        title = _("Undo “%(about)s: %(what)s”?") % {"about": step_about(step), "what": inside(change.what)}
        given: dict[str, Any] = {"step": step, "change": change, "title": title, "who": who, "most": undoing.MOST}
        rows, kept = self._drawn(step.back), self._drawn(step.kept)
        return self.render("core/step_undo.html", **given, rows=rows, kept=kept)

    def _drawn(self, records: Any) -> list[tuple[str, Any, str]]:
        """Return (kind, change in words, what happens) of the first records."""
        entries = [entry for entry, _code in records[: undoing.MOST]]
        words = history.told(entries, self.scope, self.management_system.slug)
        kinds = [history.type_label(entry.record_type) for entry in entries]
        return [(kind, said, code) for kind, said, (_entry, code) in zip(kinds, words, records, strict=False)]

    def post(self, request: HttpRequest, change_id: Any) -> HttpResponse:
        """Undo it; many records as a job."""
        step = self.found(str(change_id))
        undone = undo_or_queue(actor=self.actor, change_id=step.change_id, records=step.records)
        if isinstance(undone, Job):
            return self.done(reverse("job", kwargs={"slug": self.management_system.slug, "pk": undone.pk}))
        told = filled(_("%(n)d records are as they were before."), {"n": undone.removed + undone.restored})
        if undone.kept:
            told += " " + filled(_("%(n)d changed since and stay as they are."), {"n": len(undone.kept)})
        url = reverse("history", kwargs={"slug": self.management_system.slug})
        return self.done(f"{url}?step={undone.change_id}", told)
