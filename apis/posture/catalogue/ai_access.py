"""Who may use models, train them, feed them and give them tools."""

from django.utils.translation import gettext_lazy as _

from apis.posture import ai
from apis.posture.catalogue.access import is_admin, keys_of
from apis.posture.rules import (
    BROKEN,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    NOT_MINE,
    OPERATION,
    SCHEME,
    SERVICE,
    Judgement,
    rule,
)  # fmt: skip
from apis.posture.view import Operation, Scheme, View, mapping, text
from apis.posture.words import bare


@rule(
    "aims:ai:inference-without-credentials", unit=OPERATION, severity=CRITICAL,
    title=_("Models answer anybody"),
    why=_("Whoever reaches the service uses the model at the organisation's cost, copies it by asking, and cannot be "
          "told apart afterwards."),
    mend=_("Ask for credentials on every operation that makes a model work."),
    owasp=("API2:2023", "LLM10:2025"), cwe=(306,), atlas=("AML.T0040", "AML.T0024.002"), apr=("APR-09",),
)  # fmt: skip
def inference_without_credentials(one: Operation, _view: View) -> Judgement:
    if not ai.calls_model(one):
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:models-listed-openly", unit=OPERATION, severity=MEDIUM,
    title=_("Which models there are is told to anybody"),
    why=_("Names and versions of models tell an attacker which known weaknesses to try."),
    mend=_("Ask for credentials here as for the models themselves."),
    owasp=("API2:2023", "API9:2023"), cwe=(306, 200), atlas=("AML.T0014", "AML.T0007"), apr=("APR-09",),
)  # fmt: skip
def models_listed_openly(one: Operation, _view: View) -> Judgement:
    if not ai.is_model_list(one) or not ai.serves_models(one):
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:models-changed-openly", unit=OPERATION, severity=CRITICAL,
    title=_("Models are brought in, changed or deleted without credentials"),
    why=_("Whoever reaches the service can put a poisoned model in the place of the right one."),
    mend=_("Put it behind credentials of its own, away from inference."),
    owasp=("API5:2023", "API2:2023", "LLM03:2025"), cwe=(306,),
    atlas=("AML.T0018", "AML.T0058"), apr=("APR-12", "APR-09"),
)  # fmt: skip
def models_changed_openly(one: Operation, _view: View) -> Judgement:
    if not ai.keeps_models(one) or not ai.serves_models(one):
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:training-under-the-same-scope", unit=OPERATION, severity=HIGH,
    title=_("Training and administration open with the key of inference"),
    why=_("A key that leaks from an application then changes models, deletes files and reads what others sent."),
    mend=_("Give training, models and administration a scope or scheme that inference does not have."),
    owasp=("API5:2023", "LLM06:2025"), cwe=(269, 285), atlas=("AML.T0018", "AML.T0012"), apr=("APR-12", "APR-14"),
)  # fmt: skip
def training_under_the_same_scope(one: Operation, view: View) -> Judgement:
    if one.ai_kind not in ai.TRAINS and not is_admin(one) and not (ai.keeps_models(one) and ai.serves_models(one)):
        return NOT_MINE
    if "inference" not in view.memory:
        view.memory["inference"] = frozenset().union(*(keys_of(o) for o in view.operations if ai.calls_model(o)))
    if not one.is_write or not view.memory["inference"]:
        return NOT_MINE
    return BROKEN if keys_of(one) & view.memory["inference"] else None


@rule(
    "aims:ai:training-without-credentials", unit=OPERATION, severity=CRITICAL,
    title=_("Training is started without credentials"),
    why=_("Anybody can spend the money of a training, and change what models answer."),
    mend=_("Ask for credentials, and for the approval of a person where models go into operation."),
    owasp=("API5:2023", "LLM04:2025"), cwe=(306,), atlas=("AML.T0020", "AML.T0018"), apr=("APR-12", "APR-09"),
)  # fmt: skip
def training_without_credentials(one: Operation, _view: View) -> Judgement:
    if one.ai_kind not in ai.TRAINS or not one.is_write:
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:feedback-without-credentials", unit=OPERATION, severity=HIGH,
    title=_("Feedback is taken from anybody"),
    why=_("Where feedback teaches a model, strangers teach it."),
    mend=_("Ask for credentials, keep who gave which feedback, and sift it before it is learned from."),
    owasp=("API2:2023", "LLM04:2025"), cwe=(306, 345), atlas=("AML.T0020", "AML.T0059"), apr=("APR-07", "APR-09"),
)  # fmt: skip
def feedback_without_credentials(one: Operation, _view: View) -> Judgement:
    if one.ai_kind not in ai.FEEDBACK or not one.is_write:
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:data-without-credentials", unit=OPERATION, severity=HIGH,
    title=_("Files and vectors that models draw on are open to anybody"),
    why=_("Who writes them poisons what models answer; who reads them has the knowledge of the organisation."),
    mend=_("Ask for credentials, and check for each call whose files they are."),
    owasp=("API2:2023", "LLM08:2025"), cwe=(306,), atlas=("AML.T0070", "AML.T0085.000"), apr=("APR-07", "APR-09"),
)  # fmt: skip
def data_without_credentials(one: Operation, _view: View) -> Judgement:
    if one.ai_kind not in ai.TAKES_DATA | ai.VECTORS:
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:tools-without-credentials", unit=OPERATION, severity=CRITICAL,
    title=_("Tools of agents are called without credentials"),
    why=_("Tools act: they send, buy, delete. Anybody, and any prompt, can then make them."),
    mend=_("Ask for credentials on every tool (MCP: OAuth 2.1), with a scope for each."),
    owasp=("API5:2023", "LLM06:2025"), cwe=(306, 862), atlas=("AML.T0053", "AML.T0086"), apr=("APR-15", "APR-09"),
)  # fmt: skip
def tools_without_credentials(one: Operation, _view: View) -> Judgement:
    if one.ai_kind not in ai.TOOLS:
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "aims:ai:tools-without-approval", unit=OPERATION, severity=MEDIUM,
    title=_("Tools can be given to a model without asking a person"),
    says=_("“%(name)s” is taken, and nothing asks for approval."),
    why=_("A prompt that persuades the model makes it act; nothing in the request holds it back."),
    mend=_("Offer a setting that asks a person before tools with effects, and make it the default."),
    owasp=("API6:2023", "LLM06:2025"), cwe=(862,), atlas=("AML.T0053", "AML.T0101"), apr=("APR-15",),
)  # fmt: skip
def tools_without_approval(one: Operation, view: View) -> Judgement:
    named = one.asks_for(ai.TOOL_FIELDS) if one.is_write else {}
    if not named or not ai.calls_model(one):
        return NOT_MINE
    if "approval" not in view.memory:
        view.memory["approval"] = any(
            ai.APPROVAL.search(where.rpartition(".")[2].lower())
            for shape in view.shapes if shape.asked for where, _schema in shape.nodes
        )  # fmt: skip
    return None if view.memory["approval"] else {"name": next(iter(named))}


@rule(
    "aims:ai:no-end-user", unit=OPERATION, severity=MEDIUM,
    title=_("Who stands behind a prompt cannot be said"),
    why=_("Without an identifier of the end user, abuse by one leads to blocking all who use the same key."),
    mend=_("Take an identifier of the end user (hashed) with every prompt and keep it in the log."),
    owasp=("API2:2023", "LLM10:2025"), cwe=(778,), atlas=("AML.T0040",), apr=("APR-25", "APR-26"),
)  # fmt: skip
def no_end_user(one: Operation, _view: View) -> Judgement:
    if not ai.generates(one):
        return NOT_MINE
    names = {bare(name) for name in (*one.fields, *(other.name for other in one.parameters))}
    return None if names & {bare(name) for name in ai.WHO} else BROKEN


@rule(
    "aims:ai:one-key-for-all", unit=SCHEME, severity=LOW,
    title=_("The only way in is a key that never ends"),
    why=_("Keys without scope and end, shared by applications, cannot be told apart or withdrawn one by one."),
    mend=_("Offer short-lived tokens or keys with scope and end, one for each application."),
    owasp=("API2:2023",), cwe=(613, 522), atlas=("AML.T0012", "AML.T0055"), apr=("APR-10", "APR-14"),
)  # fmt: skip
def one_key_for_all(one: Scheme, view: View) -> Judgement:
    if not any(ai.calls_model(operation) for operation in view.operations):
        return NOT_MINE
    plain = one.kind == "apiKey" or one.kind == "bearer" and "jwt" not in text(one.raw.get("bearerFormat")).lower()
    return BROKEN if plain and len(view.schemes) == 1 else None


@rule(
    "aims:ai:system-prompt-from-caller", unit=OPERATION, severity=LOW, on=False,
    title=_("The caller writes the system prompt"),
    says=_("“%(name)s” is taken from the call."),
    why=_("What the model is told to be comes from outside. Most services of models work so, and the application in "
          "front must hold it; off until wanted."),
    mend=_("Keep the system prompt on the server where the API serves an application of your own."),
    owasp=("LLM01:2025", "LLM07:2025"), cwe=(1427,), atlas=("AML.T0051.000",), apr=("APR-18",),
)  # fmt: skip
def system_prompt_from_caller(one: Operation, _view: View) -> Judgement:
    if not ai.generates(one):
        return NOT_MINE
    return next(({"name": name} for name in one.asks_for(ai.SYSTEM)), None)


@rule(
    "aims:ai:template-bypassed", unit=OPERATION, severity=MEDIUM,
    title=_("The caller may put the prompt together without its template"),
    says=_("“%(name)s” replaces the template."),
    why=_("Guards that live in the template, such as what the model must not do, are gone then."),
    mend=_("Close it to consumers, or check the whole prompt before the model sees it."),
    owasp=("LLM01:2025", "API8:2023"), cwe=(1427,), atlas=("AML.T0051.000", "AML.T0054"), apr=("APR-18",),
)  # fmt: skip
def template_bypassed(one: Operation, _view: View) -> Judgement:
    if not ai.generates(one):
        return NOT_MINE
    return next(({"name": name} for name in one.asks_for(ai.RAW)), None)


@rule(
    "aims:ai:vectors-without-tenant", unit=OPERATION, severity=MEDIUM,
    title=_("Vectors are searched or written without saying whose"),
    why=_("One index for all tenants answers one with the passages of another."),
    mend=_("Keep an index or a namespace per tenant, taken from the credentials."),
    owasp=("API1:2023", "LLM08:2025"), cwe=(639, 668), atlas=("AML.T0085.000", "AML.T0070"), apr=("APR-11",),
)  # fmt: skip
def vectors_without_tenant(one: Operation, _view: View) -> Judgement:
    if one.ai_kind not in ai.VECTORS or not one.fields or not one.is_write:
        return NOT_MINE
    kept = ("namespace", "tenant", "collection", "filter", "filters", "partition", "index", "expression", "attributes")
    held = any(bare(name) in kept for name in (*one.fields, *(other.name for other in one.parameters)))
    return None if held or "{" in one.path else BROKEN


@rule(
    "aims:ai:not-said-to-be-ai", unit=SERVICE, severity=LOW,
    title=_("Consumers are not told that a model answers, and what it is for"),
    why=_("Who builds on it must know that answers may be wrong, what the model is meant for, and whom to tell."),
    mend=_("Say in info.description that it is AI, its intended use, its limits and the oversight it needs."),
    owasp=("LLM09:2025",), cwe=(1059,), apr=("APR-29",),
)  # fmt: skip
def not_said_to_be_ai(one: View, _view: View) -> Judgement:
    if not any(ai.calls_model(operation) for operation in one.operations):
        return NOT_MINE
    said = f"{text(one.info.get('description'))} {mapping(one.info).get('x-intended-use', '')}".lower()
    use = any(word in said for word in ("intended", "limitation", "must not", "purpose", "oversight"))
    return None if use and any(word in said for word in ("ai ", "model", "artificial")) else BROKEN
