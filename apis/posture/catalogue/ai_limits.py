"""How much may be asked of models, what they tell about themselves, and what comes in to teach them."""

from django.utils.translation import gettext_lazy as _

from apis.posture import ai
from apis.posture.catalogue.limits import has_limit_headers
from apis.posture.rules import BROKEN, HIGH, LOW, MEDIUM, NOT_MINE, OPERATION, SERVICE, Judgement, rule
from apis.posture.shapes import bounded, parts_of, types_of
from apis.posture.view import Operation, View, mapping
from apis.posture.words import bare


@rule(
    "aims:ai:inference-without-quota", unit=OPERATION, severity=HIGH,
    title=_("Models work without a quota"),
    why=_("Calls to models cost money and can copy the model; nothing described stops a consumer who asks "
          "without end."),
    mend=_("Set a quota of calls and tokens per consumer, answer 429 beyond, and say how much is left."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034", "AML.T0029", "AML.T0024.002"), apr=("APR-16",),
)  # fmt: skip
def inference_without_quota(one: Operation, _view: View) -> Judgement:
    if not ai.calls_model(one):
        return NOT_MINE
    return None if "429" in one.responses or "4XX" in one.responses or has_limit_headers(one) else BROKEN


@rule(
    "aims:ai:no-token-limit", unit=OPERATION, severity=MEDIUM,
    title=_("How long an answer may be cannot be said"),
    why=_("One call may then write until the context of the model is full."),
    mend=_("Take a limit on tokens, with a default and a maximum."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034.000",), apr=("APR-16",),
)  # fmt: skip
def no_token_limit(one: Operation, view: View) -> Judgement:
    if not ai.writes_text(one):
        return NOT_MINE
    return None if _limits(one, view) else BROKEN


def _limits(one: Operation, view: View) -> dict[str, object]:
    """What limits the tokens of an answer, in the body or one level inside (options, parameters)."""
    found: dict[str, object] = dict(one.asks_for(ai.LONGEST))
    for name in ("options", "parameters", "generation_config", "generationConfig"):
        for part in parts_of(view.document, one.fields.get(name)):
            inner = mapping(part.get("properties"))
            found.update({key: schema for key, schema in inner.items() if key.lower() in ai.LONGEST})
    return found


@rule(
    "aims:ai:token-limit-without-maximum", unit=OPERATION, severity=MEDIUM,
    title=_("The caller may ask for answers of any length"),
    says=_("“%(name)s” has no maximum."),
    why=_("A limit that the caller sets as high as it likes is none."),
    mend=_("Say a maximum, and hold to it per consumer."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034.000",), apr=("APR-16",),
)  # fmt: skip
def token_limit_without_maximum(one: Operation, view: View) -> Judgement:
    limits = _limits(one, view) if ai.writes_text(one) else {}
    if not limits:
        return NOT_MINE
    free = (name for name, schema in limits.items() if not bounded(view.document, mapping(schema), "maximum"))
    return next(({"name": name} for name in free), None)


@rule(
    "aims:ai:stream-without-limit", unit=OPERATION, severity=MEDIUM,
    title=_("Answers are streamed without a limit"),
    why=_("A stream holds a model and a connection for as long as it writes; many at once are a denial of service."),
    mend=_("Limit tokens, time and streams at once per consumer."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770, 400), atlas=("AML.T0029",), apr=("APR-16",),
)  # fmt: skip
def stream_without_limit(one: Operation, view: View) -> Judgement:
    streams = "stream" in one.fields or any("event-stream" in body.media for body in one.results)
    if not ai.calls_model(one) or not streams:
        return NOT_MINE
    limits = _limits(one, view).values()
    held = any(bounded(view.document, mapping(schema), "maximum") for schema in limits)
    return None if held or has_limit_headers(one) else BROKEN


@rule(
    "aims:ai:prompt-without-limit", unit=OPERATION, severity=MEDIUM,
    title=_("Prompts may be of any length"),
    says=_("“%(name)s” has no limit."),
    why=_("Long prompts cost most, and hide what is meant to mislead the model."),
    mend=_("Say maxLength or maxItems, or a limit in tokens, and refuse more with 413."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034", "AML.T0029"), apr=("APR-16", "APR-18"),
)  # fmt: skip
def prompt_without_limit(one: Operation, view: View) -> Judgement:
    asked = one.asks_for(ai.ASKED) if ai.calls_model(one) else {}
    if not asked:
        return NOT_MINE
    if "413" in one.responses:
        return None
    free = (name for name, schema in asked.items() if not bounded(view.document, schema, "maxLength", "maxItems"))
    return next(({"name": name} for name in free), None)


@rule(
    "aims:ai:many-at-once", unit=OPERATION, severity=MEDIUM,
    title=_("One call may ask for any number of answers"),
    says=_("“%(name)s” has no maximum."),
    why=_("One call then costs as much as a thousand and counts as one."),
    mend=_("Say a maximum, and count answers instead of calls."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034",), apr=("APR-16",),
)  # fmt: skip
def many_at_once(one: Operation, view: View) -> Judgement:
    asked = one.asks_for(ai.HOW_MANY) if ai.calls_model(one) else {}
    if not asked:
        return NOT_MINE
    free = (name for name, schema in asked.items() if not bounded(view.document, schema, "maximum"))
    return next(({"name": name} for name in free), None)


@rule(
    "aims:ai:machine-from-caller", unit=OPERATION, severity=MEDIUM,
    title=_("The caller sets how much of the machine a model takes"),
    says=_("“%(name)s” is taken from the call."),
    why=_("Context, threads and how long a model stays loaded are resources; one caller can take them from all."),
    mend=_("Set them on the server; refuse them from consumers."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770, 400), atlas=("AML.T0029",), apr=("APR-16",),
)  # fmt: skip
def machine_from_caller(one: Operation, view: View) -> Judgement:
    if not ai.calls_model(one):
        return NOT_MINE
    asked = [name for name in one.asks_for(ai.MACHINE) if name != "options"]
    inner = mapping(one.fields.get("options")).get("properties")
    asked += [str(name) for name in mapping(inner) if str(name).lower() in ai.MACHINE]
    return {"name": asked[0]} if asked else None


@rule(
    "aims:ai:probabilities-answered", unit=OPERATION, severity=MEDIUM,
    title=_("Probabilities of the model are answered"),
    says=_("“%(name)s” can be asked for."),
    why=_("With probabilities a model is copied, and training data found in it, with far fewer calls."),
    mend=_("Give them to consumers who need them only, few and rounded, and watch how much is asked."),
    owasp=("LLM02:2025", "API3:2023"), cwe=(200, 213),
    atlas=("AML.T0024.002", "AML.T0024.000"), apr=("APR-13", "APR-16"),
)  # fmt: skip
def probabilities_answered(one: Operation, view: View) -> Judgement:
    if not ai.calls_model(one):
        return NOT_MINE
    named = [*one.asks_for(ai.PROBABILITIES)]
    named += [str(name) for name in mapping(mapping(one.fields.get("parameters")).get("properties"))]
    return next(({"name": name} for name in named if name.lower() in ai.PROBABILITIES), None)


@rule(
    "aims:ai:embeddings-answered", unit=OPERATION, severity=LOW, on=False,
    title=_("Embeddings are answered as they are"),
    why=_("From embeddings the text behind them can partly be won back. It is what the operation is for, so this "
          "is off "
          "until wanted."),
    mend=_("Keep embeddings as safe as the texts, and give them only to those who may read these."),
    owasp=("LLM08:2025",), cwe=(200,), atlas=("AML.T0024.001",), apr=("APR-08", "APR-13"),
)  # fmt: skip
def embeddings_answered(one: Operation, _view: View) -> Judgement:
    return BROKEN if one.ai_kind == "embeddings" and one.method == "POST" else NOT_MINE


@rule(
    "aims:ai:model-not-listed", unit=OPERATION, severity=LOW, on=False,
    title=_("Which model answers is free text"),
    why=_("Callers may reach models that were never approved. Lists of models change often, so this is off until "
          "wanted."),
    mend=_("List the models as enum, or check them against those in the inventory."),
    owasp=("LLM03:2025", "API10:2023"), cwe=(20,), atlas=("AML.T0010.003",), apr=("APR-22",),
)  # fmt: skip
def model_not_listed(one: Operation, view: View) -> Judgement:
    named = one.asks_for({"model", "model_id", "deployment", "engine"}) if ai.calls_model(one) else {}
    if not named:
        return NOT_MINE
    return None if all(bounded(view.document, schema, "enum") for schema in named.values()) else BROKEN


@rule(
    "aims:ai:model-not-answered", unit=OPERATION, severity=LOW,
    title=_("An answer does not say which model gave it"),
    why=_("After an incident nobody can tell which version was wrong."),
    mend=_("Answer the model and its version, and keep them in the log."),
    owasp=("LLM03:2025",), cwe=(778,), atlas=("AML.T0010.003",), apr=("APR-25", "APR-22"),
)  # fmt: skip
def model_not_answered(one: Operation, _view: View) -> Judgement:
    if not ai.calls_model(one) or not one.result_fields:
        return NOT_MINE
    names = {bare(name) for name in one.result_fields}
    return None if names & {"model", "modelversion", "systemfingerprint", "modelid", "response"} else BROKEN


@rule(
    "aims:ai:usage-not-answered", unit=OPERATION, severity=LOW,
    title=_("An answer does not say what it cost"),
    why=_("Without counts of tokens, consumers and operators notice abuse on the bill."),
    mend=_("Answer the tokens that were read and written."),
    owasp=("LLM10:2025",), cwe=(778,), atlas=("AML.T0034",), apr=("APR-16", "APR-25"),
)  # fmt: skip
def usage_not_answered(one: Operation, _view: View) -> Judgement:
    if not ai.writes_text(one) or not one.result_fields:
        return NOT_MINE
    names = {bare(name) for name in one.result_fields}
    return None if names & {"usage", "evalcount", "promptevalcount", "tokens", "details", "response"} else BROKEN


@rule(
    "aims:ai:no-moderation", unit=SERVICE, severity=LOW, on=False,
    title=_("Nothing described checks what models write"),
    why=_("Unsafe content then reaches people unless the application in front checks it. Many do, so this is off until "
          "wanted."),
    mend=_("Offer moderation, or answer whether content was filtered."),
    owasp=("LLM05:2025",), cwe=(1426,), atlas=("AML.T0054",), apr=("APR-19",),
)  # fmt: skip
def no_moderation(one: View, _view: View) -> Judgement:
    if not any(ai.generates(operation) for operation in one.operations):
        return NOT_MINE
    return None if one.kinds("moderation") else BROKEN


@rule(
    "aims:ai:kept-by-default", unit=OPERATION, severity=LOW,
    title=_("Prompts are kept unless the caller says no"),
    says=_("“%(name)s” is true by default."),
    why=_("Personal and secret data in prompts is then kept without anybody having decided it."),
    mend=_("Keep nothing by default, or say for how long and what for."),
    owasp=("LLM02:2025",), cwe=(359,), atlas=("AML.T0057",), apr=("APR-28", "APR-08"),
)  # fmt: skip
def kept_by_default(one: Operation, view: View) -> Judgement:
    named = one.asks_for({"store", "log", "save", "train", "allow_training", "retain"}) if ai.calls_model(one) else {}
    if not named:
        return NOT_MINE
    kept = (n for n, s in named.items() if any(part.get("default") is True for part in parts_of(view.document, s)))
    return next(({"name": name} for name in kept), None)


@rule(
    "aims:ai:upload-without-type", unit=OPERATION, severity=MEDIUM,
    title=_("Files of any kind are taken"),
    why=_("A file that runs, unpacks without end, or holds instructions to a model comes in as data."),
    mend=_("Name the types that are meant (encoding.contentType), check the content, and answer 415 to others."),
    owasp=("API8:2023", "LLM04:2025"), cwe=(434,), atlas=("AML.T0020", "AML.T0051.001"), apr=("APR-07", "APR-18"),
)  # fmt: skip
def upload_without_type(one: Operation, _view: View) -> Judgement:
    if not ai.is_upload(one):
        return NOT_MINE
    if "415" in one.responses:
        return None
    told = (
        mapping(encoding).get("contentType")
        for body in one.requests for encoding in mapping(body.raw.get("encoding")).values()
    )  # fmt: skip
    return None if any(told) or any("contentMediaType" in schema for schema in one.fields.values()) else BROKEN


@rule(
    "aims:ai:upload-without-size", unit=OPERATION, severity=MEDIUM,
    title=_("Files of any size are taken"),
    why=_("Uploads without limit fill disks and hold workers; in training they also drown what is right."),
    mend=_("Set a greatest size, answer 413 beyond, and describe it (maxLength)."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770, 400), atlas=("AML.T0029", "AML.T0020"), apr=("APR-16", "APR-07"),
)  # fmt: skip
def upload_without_size(one: Operation, view: View) -> Judgement:
    if not ai.is_upload(one):
        return NOT_MINE
    if "413" in one.responses:
        return None
    files = [schema for schema in one.fields.values() if _is_file(schema)]
    return None if files and all(bounded(view.document, schema, "maxLength") for schema in files) else BROKEN


def _is_file(schema: object) -> bool:
    node = mapping(schema)
    return node.get("format") in ("binary", "byte", "base64") or "file" in types_of(node) or "contentEncoding" in node


@rule(
    "aims:ai:data-without-origin", unit=OPERATION, severity=LOW,
    title=_("Data for models comes in without origin or checksum"),
    why=_("Without them nobody can say later what a model learned from, or that the data is still what was checked."),
    mend=_("Take a checksum and the origin with the data, and keep both."),
    owasp=("LLM04:2025", "API10:2023"), cwe=(353, 345), atlas=("AML.T0020", "AML.T0010.002"), apr=("APR-07",),
)  # fmt: skip
def data_without_origin(one: Operation, _view: View) -> Judgement:
    teaches = ai.is_upload(one) and one.ai_kind in ai.TAKES_DATA or one.ai_kind in ai.TRAINS | ai.FEEDBACK
    if not teaches or not one.is_write or not one.fields:
        return NOT_MINE
    kept = ("checksum", "sha256", "md5", "hash", "digest", "signature", "etag", "source", "origin", "provenance")
    names = {bare(name) for name in (*one.fields, *(other.name for other in one.parameters))}
    return None if any(word in name for name in names for word in kept) else BROKEN
