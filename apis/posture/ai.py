"""What AI operations are for, and the names by which their requests ask for much."""

import re
from typing import Final

from apis.posture.view import Operation

#: Codes of `apis.kinds`, put together as rules speak of them.
WRITES_TEXT: Final = frozenset({"chat", "inference"})
GENERATES: Final = WRITES_TEXT | frozenset({"images", "audio"})
ANSWERS: Final = GENERATES | frozenset({"embeddings", "moderation"})
TRAINS: Final = frozenset({"fine_tuning"})
TAKES_DATA: Final = frozenset({"files"})
VECTORS: Final = frozenset({"vectors"})
TOOLS: Final = frozenset({"agent"})
FEEDBACK: Final = frozenset({"feedback"})

LONGEST: Final = frozenset(
    {"max_tokens", "max_new_tokens", "max_completion_tokens", "max_output_tokens", "max_length", "num_predict"}
    | {"maxtokens", "max_tokens_to_sample", "maxoutputtokens", "max_prompt_tokens"}
)
HOW_MANY: Final = frozenset({"n", "best_of", "num_images", "num_return_sequences", "samples", "candidate_count"})
ASKED: Final = frozenset({"prompt", "messages", "input", "inputs", "query", "text", "contents", "content", "question"})
PROBABILITIES: Final = frozenset(
    {
        "logprobs",
        "top_logprobs",
        "return_logprobs",
        "top_n_tokens",
        "decoder_input_details",
        "logits",
        "prompt_logprobs",
    }
)
WHO: Final = frozenset(
    {"user", "user_id", "safety_identifier", "end_user", "enduser", "end_user_id", "customer", "x-user-id", "metadata"}
)
SYSTEM: Final = frozenset({"system", "system_prompt", "systemprompt", "instructions", "system_instruction"})
RAW: Final = frozenset({"raw", "template", "chat_template", "tool_prompt"})
MACHINE: Final = frozenset(
    {"num_ctx", "num_gpu", "num_thread", "num_batch", "keep_alive", "main_gpu", "use_mmap", "low_vram", "options"}
)
TOOL_FIELDS: Final = frozenset({"tools", "functions", "plugins", "mcp_servers", "server_url"})
APPROVAL: Final = re.compile(r"approv|confirm|human")
_MODELS = re.compile(r"/(?:models?|tags|ps|deployments|engines)(?:/|$)")
_KEEPS = re.compile(r"/(?:pull|push|create|copy|delete|load|unload|deploy|models?)(?:/|$)")


def is_model_list(one: Operation) -> bool:
    """Whether it tells which models there are, or about one."""
    named = one.ai_kind == "models" or not one.ai_kind and bool(_MODELS.search(one.path.lower()))
    return one.method in ("GET", "POST") and named and not keeps_models(one)


def serves_models(one: Operation) -> bool:
    """Whether the description it belongs to answers from models at all."""
    return has_kind(one, ANSWERS | TRAINS)


def has_kind(one: Operation, kinds: frozenset[str]) -> bool:
    """Whether some operation of the same description is of these kinds."""
    known = one.view.memory.setdefault("kinds", {other.ai_kind for other in one.view.operations})
    return bool(known & kinds)


def keeps_models(one: Operation) -> bool:
    """Whether it brings in, changes or deletes models."""
    return one.is_write and bool(_KEEPS.search(one.path.lower())) and one.ai_kind in ("", "models")


def calls_model(one: Operation) -> bool:
    """Whether a call makes a model work."""
    return one.method == "POST" and one.ai_kind in ANSWERS and not _is_about_one(one)


def _is_about_one(one: Operation) -> bool:
    """Whether it is about something that is there already, such as a stored answer."""
    return one.path.endswith("}") or one.path.rpartition("/")[2] in ("cancel", "complete", "archive")


def generates(one: Operation) -> bool:
    """Whether a call makes a model write, draw or speak."""
    return calls_model(one) and one.ai_kind in GENERATES


def writes_text(one: Operation) -> bool:
    """Whether a call makes a model write, so that tokens count."""
    return calls_model(one) and one.ai_kind in WRITES_TEXT and bool(one.asks_for(ASKED | LONGEST))


def is_upload(one: Operation) -> bool:
    """Whether a file comes in."""
    media = {body.media.partition(";")[0] for body in one.requests}
    kind = bool(media & {"multipart/form-data", "application/octet-stream"})
    return one.is_write and (kind or bool(media) and one.ai_kind in TAKES_DATA and "file" in one.fields)
