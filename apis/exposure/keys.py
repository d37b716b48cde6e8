"""Keys that providers mark with a prefix: prefix, full form, and a checksum where the provider publishes one."""

import re
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Provider, prefix that may be shown, form of the whole key.
KEYS: tuple[tuple[str, str, str], ...] = (
    ("anthropic", "sk-ant-", r"sk-ant-[a-z0-9]{3,10}-[\w-]{20,200}"),
    ("openai", "sk-",
        r"sk-(?:proj|svcacct|admin|None)-[\w-]{20,200}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|sk-[A-Za-z0-9]{40,64}"),
    ("openrouter", "sk-or-", r"sk-or-v\d-[0-9a-f]{64}"),
    ("huggingface", "hf_", r"hf_[A-Za-z0-9]{30,40}"),
    ("replicate", "r8_", r"r8_[A-Za-z0-9]{37,40}"),
    ("groq", "gsk_", r"gsk_[A-Za-z0-9]{48,56}"),
    ("perplexity", "pplx-", r"pplx-[A-Za-z0-9]{40,56}"),
    ("xai", "xai-", r"xai-[A-Za-z0-9]{70,90}"),
    ("aws", "", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    ("github", "", r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ("gitlab", "glpat-", r"glpat-[\w-]{20,60}"),
    ("slack", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{30,80}"),
    ("slack_hook", "https://hooks.slack.com/", r"https://hooks\.slack\.com/(?:services|workflows)/[\w/+-]{20,120}"),
    ("stripe", "", r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,120}|whsec_[A-Za-z0-9]{24,80}"),
    ("google", "AIza", r"AIza[\w-]{35}"),
    ("google_oauth", "", r"ya29\.[\w-]{30,300}|GOCSPX-[\w-]{28}"),
    ("sendgrid", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    ("twilio", "SK", r"SK[0-9a-f]{32}"),
    ("mailgun", "key-", r"key-[0-9a-f]{32}"),
    ("npm", "npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi", "pypi-", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,250}"),
    ("digitalocean", "", r"do[por]_v1_[0-9a-f]{64}"),
    ("databricks", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("shopify", "", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("telegram", "", r"\d{8,10}:AA[\w-]{33}"),
    ("azure_storage", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
)  # fmt: skip
KEY = re.compile(
    "(?<![A-Za-z0-9_])(?:" + "|".join(f"(?P<{name}>{form})" for name, _shown, form in KEYS) + ")(?![A-Za-z0-9_])"
)
SHOWN = {name: shown for name, shown, _form in KEYS}


def github_checksum(token: str) -> bool:
    """Whether the last six letters of a GitHub token are the CRC-32 of the part before, in base 62."""
    body, check = token[4:-6], token[-6:]
    number, written = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        written = BASE62[digit] + written
    return written.rjust(6, "0") == check


def varied(value: str, least: float = 0.3) -> bool:
    """Whether a key looks drawn by chance: enough different letters, and no run of one."""
    return len(set(value)) >= max(8, int(len(value) * least * 0.6)) and not re.search(r"(.)\1{5}", value)
