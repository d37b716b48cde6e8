"""What an endpoint is for: the kind of AI work, from path and host; whose models a host serves; where it stands."""

import ipaddress
import re
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

AI_KINDS: dict[str, Any] = {
    "chat": _("Chat and completions"),
    "embeddings": _("Embeddings"),
    "images": _("Images"),
    "audio": _("Audio"),
    "moderation": _("Moderation"),
    "inference": _("Inference"),
    "fine_tuning": _("Fine-tuning"),
    "files": _("Files and datasets"),
    "vectors": _("Vector store"),
    "agent": _("Agents and tools"),
    "feedback": _("Feedback"),
    "models": _("Model list"),
}
PATTERNS: dict[str, tuple[str, ...]] = {
    "fine_tuning": (
        r"/fine[-_]?tun\w*/",
        r"/training[-_]?jobs?/",
        r"/customi[sz]ation[-_]?jobs?/",
    ),
    "moderation": (
        r"/moderations?/",
        r"/guardrails?/",
        r"/classify[-_]?safety/",
    ),
    "embeddings": (
        r"/embed\w*[/:]",
        r":(?:batch)?embed\w*/",
        r"/rerank/",
    ),
    "chat": (
        r"/chat/",
        r"/completions?/",
        r"/responses/",
        r"/messages/",
        r"/converse(?:-stream)?/",
        r":(?:stream)?generateContent/",
        r"/generate(?:_stream|[-_]?text)?/",
    ),
    "images": (
        r"/images?/(?:generations?|edits?|variations?)/",
        r"/te?xt-?(?:to|2)-?im(?:age|g)/",
        r"/img2img/",
    ),
    "audio": (
        r"/audio/(?:speech|transcriptions?|translations?)/",
        r"/text-to-speech/",
        r"/speech-to-text/",
        r"/tts/",
        r"/realtime/",
    ),
    "vectors": (
        r"/vector[-_]?(?:stores?|db|search|indexes)/",
        r"/collections/[^/]+/points/",
        r"/upsert/",
        r"/similarity(?:[-_]?search)?/",
    ),
    "agent": (
        r"/mcp/",
        r"/assistants?/",
        r"/threads/",
        r"/agents?/",
        r"/tools?/(?:call|list|run)/",
        r"/runs/[^/]+/steps/",
        r"/invoke_agent/",
    ),
    "feedback": (
        r"/feedbacks?/",
        r"/ratings?/",
        r"/annotations?/",
        r"/thumbs[-_]?(?:up|down)/",
    ),
    "inference": (
        r"/infer(?:ence)?/",
        r"/predict(?:ions?)?/",
        r"/invocations/",
        r"/invoke(?:-with-response-stream)?/",
        r"/(?:score|detect|classify|summari[sz]e|transcribe|translate)/",
        r":(?:raw)?predict/",
    ),
    "models": (
        r"/models/(?:[^/]+/)?$",
        r"/api/tags/$",
        r"/engines/(?:[^/]+/)?$",
    ),
    "files": (
        r"/files/",
        r"/datasets?/",
        r"/batches/",
        r"/uploads?/",
    ),
}
"""Kind → patterns in a path that ends with a slash, the most particular kind first."""
_COMPILED = [(kind, re.compile("|".join(patterns), re.IGNORECASE)) for kind, patterns in PATTERNS.items()]
SURE = ("fine_tuning", "moderation", "embeddings", "chat", "images", "audio", "vectors", "agent", "inference")
"""Kinds that are AI work wherever they stand; files, feedback and lists of models only beside one of these."""
PROVIDERS: tuple[tuple[str, str], ...] = (
    (r"api\.openai\.com", "OpenAI"),
    (r".+\.(?:openai|cognitiveservices|services\.ai|inference\.ai)\.azure\.com", "Microsoft Azure AI"),
    (r"api\.anthropic\.com", "Anthropic"),
    (r"generativelanguage\.googleapis\.com|(?:.+-)?aiplatform\.googleapis\.com", "Google"),
    (r"bedrock(?:-agent)?-runtime\..+\.amazonaws\.com|runtime\.sagemaker\..+\.amazonaws\.com", "Amazon Web Services"),
    (r"api\.mistral\.ai", "Mistral AI"),
    (r"api\.cohere\.(?:ai|com)", "Cohere"),
    (r"api-inference\.huggingface\.co|router\.huggingface\.co|.+\.endpoints\.huggingface\.cloud", "Hugging Face"),
    (r"api\.groq\.com", "Groq"),
    (r"api\.together\.(?:xyz|ai)", "Together AI"),
    (r"api\.fireworks\.ai", "Fireworks AI"),
    (r"api\.replicate\.com", "Replicate"),
    (r"api\.deepseek\.com", "DeepSeek"),
    (r"api\.perplexity\.ai", "Perplexity"),
    (r"openrouter\.ai", "OpenRouter"),
    (r"api\.x\.ai", "xAI"),
    (r"api\.ai21\.com", "AI21 Labs"),
    (r"api\.stability\.ai", "Stability AI"),
    (r"api\.elevenlabs\.io", "ElevenLabs"),
    (r"api\.assemblyai\.com|api\.deepgram\.com", "Speech recognition service"),
    (r".+\.pinecone\.io|.+\.weaviate\.(?:network|cloud)|.+\.qdrant\.io", "Vector database service"),
    (r".+\.ml\.cloud\.ibm\.com", "IBM watsonx"),
    (r"api\.aleph-alpha\.com", "Aleph Alpha"),
)  # fmt: skip
_HOSTS = [(re.compile(pattern, re.IGNORECASE), name) for pattern, name in PROVIDERS]
ENVIRONMENTS = {
    "production": _("Production"),
    "staging": _("Staging"),
    "test": _("Test"),
    "development": _("Development"),
}
EXPOSURES = {"external": _("Reachable from outside"), "internal": _("Inside only"), "third_party": _("A third party's")}
_ENVIRONMENT_WORDS = {
    "staging": "staging", "stage": "staging", "stg": "staging",
    "preprod": "staging", "uat": "staging", "pre": "staging",
    "test": "test", "tst": "test", "qa": "test", "sandbox": "test", "int": "test",
    "dev": "development", "develop": "development", "development": "development", "local": "development",
    "localhost": "development", "prod": "production", "production": "production", "prd": "production",
    "live": "production",
}  # fmt: skip
_INSIDE = (
    ".local",
    ".internal",
    ".lan",
    ".corp",
    ".intra",
    ".svc",
    ".cluster.local",
    ".localhost",
    ".home.arpa",
    ".test",
)


@lru_cache(maxsize=8192)
def ai_kind(method: str, template: str) -> str:
    """The kind of AI work of an endpoint, "" for none."""
    path = template.rstrip("/") + "/"
    return next((kind for kind, pattern in _COMPILED if pattern.search(path)), "")


@lru_cache(maxsize=4096)
def provider(host: str) -> str:
    """Whose models a host serves when it is a known third party's; "" otherwise."""
    bare = host.partition(":")[0]
    return next((name for pattern, name in _HOSTS if pattern.fullmatch(bare)), "")


def environment(host: str) -> str:
    """Production, staging, test or development, from the words of a host; "" when they do not tell."""
    words = re.split(r"[.\-_]", host.partition(":")[0].lower())
    return next((_ENVIRONMENT_WORDS[word] for word in words if word in _ENVIRONMENT_WORDS), "")


def exposure(host: str) -> str:
    """Reachable from outside, inside only, or a third party's; "" when the host does not tell."""
    if provider(host):
        return "third_party"
    bare = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if not bare:
        return ""
    try:
        return "external" if ipaddress.ip_address(bare).is_global else "internal"
    except ValueError:
        return "internal" if "." not in bare or bare.endswith(_INSIDE) else "external"
