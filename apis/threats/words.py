"""What codes of reasons mean, in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, str | Promise] = {
    "sql": _("SQL"),
    "nosql": _("Query operators of a document database"),
    "xss": _("Script in markup"),
    "traversal": _("Path traversal or system file"),
    "command": _("Shell command"),
    "template": _("Template expression"),
    "php": _("PHP code"),
    "java": _("Java class or look-up"),
    "ldap": _("LDAP filter"),
    "xxe": _("XML entity"),
    "ssrf": _("Address of an internal or foreign service"),
    "script": _("JavaScript on a server"),
    "protocol": _("Line breaks or headers in a value"),
    "upload": _("File that a server might run"),
    "scanner": _("Known scanner"),
    "prompt": _("Prompt injection"),
}
PROMPT_REASONS: dict[str, str | Promise] = {
    "override": _("Earlier instructions are to be ignored"),
    "override_above": _("What stands above is to be ignored"),
    "override_topic": _("The agreed subject is pushed aside"),
    "override_data": _("The given text or data is to be ignored"),
    "override_new": _("New instructions are announced"),
    "role_unbound": _("The model is to act without its limits"),
    "role_now": _("The model is given another role"),
    "role_persona": _("The model is told what it is"),
    "dan": _("A known name of a jailbreak"),
    "authority": _("Authority is claimed"),
    "authority_act": _("A check or an audit is claimed"),
    "system_mimicry": _("Marks of a system message are imitated"),
    "secret_asked": _("A secret is asked for"),
    "secret_question": _("A secret is asked for"),
    "secret_own": _("The model's own secret or instructions are spoken of"),
    "secret_shared": _("Sharing of secrets is spoken of"),
    "secret_word": _("A secret is spoken of"),
    "secret_foreign": _("A secret is asked for in another language"),
    "secret_verbatim": _("Hidden instructions are to be repeated"),
    "person_asked": _("Personal data of a user is asked for"),
    "person_named": _("Personal data of a named person is asked for"),
    "person_lives": _("Personal data of a named person is asked for"),
    "person_foreign": _("Personal data is asked for in another language"),
    "hypothetical": _("A hypothetical frame"),
    "hypothetical_rules": _("A world in which the rules do not hold"),
    "hypothetical_data": _("Research on personal data is claimed"),
    "hypothetical_opinion": _("A hypothetical talk"),
    "forced_answer": _("The answer is dictated"),
    "comment_command": _("A command inside a comment of code"),
    "data_command": _("A command inside data"),
    "exfiltration": _("Data is to be sent elsewhere"),
    "phishing": _("Somebody is to be made to give up a secret"),
    "splitting": _("A request in pieces"),
    "splitting_request": _("Pieces are to be put together"),
    "encoded": _("A text is hidden in an encoding"),
    "encoded_answer": _("The answer is to be encoded or cut up"),
    "translated_answer": _("The answer is to be in another language"),
    "decode_asked": _("A hidden text is to be decoded"),
    "persuasion": _("Pressure, reward or threat"),
    "secrecy": _("Something is to be kept from the user"),
    "no_refusal": _("Refusing is forbidden"),
    "repeated_tokens": _("The same word many times"),
    "many_shot": _("A made-up dialogue"),
    "many_shot_long": _("A long made-up dialogue"),
    "many_topics": _("Many questions in a row"),
    "topic_turn": _("A sudden change of subject"),
    "recipient_link": _("A message that asks somebody to do something"),
    "unseen_letters": _("Letters that cannot be seen"),
}
ALARM_REASONS: dict[str, str | Promise] = {
    "calls": _("more calls than the threshold"),
    "change": _("far above the caller's own busy hours"),
    "tokens": _("more tokens than the thresholds"),
    "burst": _("many within ten seconds"),
    "first_seen": _("a caller never seen before"),
    "near_duplicates": _("bodies of equal length"),
    "write_then_tune": _("a write and fine-tuning"),
    "peers": _("far above the peers"),
    "sequential": _("one number after the other"),
    "paths": _("more different failed paths than the threshold"),
    "scanner": _("a known scanner"),
    "users": _("many different users"),
    "failures": _("more refusals than the threshold"),
    "score": _("one of very high score"),
    "prompts": _("more prompts than the threshold"),
}


def reason_words(code: str) -> str | Promise:
    """Words of a reason: ``prompt.…`` in full, others by their family; the code itself when unknown."""
    family, _dot, rest = code.partition(".")
    if family == "prompt":
        return PROMPT_REASONS.get(rest, FAMILIES["prompt"])
    return FAMILIES.get(family) or ALARM_REASONS.get(code, code)
