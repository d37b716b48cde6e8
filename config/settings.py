"""Settings of AIMS 42, read from the environment by ``config.environ`` (docs/operator/settings.md lists them all)."""

import os
import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import environ

# The allocator of the column library keeps freed memory for half a second, in which a worker reads its next block: at
# 30 ms reading a large log needs a sixth less memory and no more time. It looks once, when the library is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:30,muzzy_decay_ms:0")

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = environ.choice(
    "AIMS_ENV", ("trial", "production", "test"), "test" if "pytest" in sys.modules else "trial"
)
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"

DATA_DIR = environ.folder("DATA_DIR", BASE_DIR / "var")
if PRODUCTION and not environ.text("DATABASE_URL"):
    raise ImproperlyConfigured("DATABASE_URL is not set. Production needs a postgres:// address.")
SECRET_KEY = environ.kept_secret("SECRET_KEY", DATA_DIR / "secret-key", may_generate=not PRODUCTION)
DEBUG = False
ALLOWED_HOSTS = environ.listing(
    "ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this instance answers for; * is refused.")
SITE_URL = environ.text("SITE_URL", "http://127.0.0.1:8042").rstrip("/")
CSRF_TRUSTED_ORIGINS = environ.listing("CSRF_TRUSTED_ORIGINS", [])
INSTANCE_MAY_CREATE = environ.flag("SELF_SERVICE_MANAGEMENT_SYSTEMS", default=not PRODUCTION)

ROOMS = [
    room
    for room in ("core", "evidence", "aims", "controls", "risks", "apis", "audits", "reports")
    if (BASE_DIR / room / "apps.py").exists()
]
INSTALLED_APPS = [
    *ROOMS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
]


MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.pages.expired.ExpiredPostMiddleware",
    "core.middleware.ActorMiddleware",
    "core.middleware.RefusalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.l10n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.shell",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "core.pages.renderer.PageRenderer"

# Databases --------------------------------------------------------------------------------------------------------
DATABASE_URL = environ.text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'aims42.sqlite3'}"
_default = environ.database(DATABASE_URL)
_default["CONN_MAX_AGE"] = environ.number("DATABASE_CONNECTION_SECONDS", 60)
if _default["ENGINE"] == "django.db.backends.sqlite3":
    if PRODUCTION:
        raise ImproperlyConfigured("DATABASE_URL names SQLite. Production needs a postgres:// address.")
    _pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON;"
    )
    _default["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _pragmas}
    # An IMMEDIATE read would block writers: snapshots read through a second, deferred connection.
    _reader = {**_default, "OPTIONS": {**_default["OPTIONS"], "transaction_mode": "DEFERRED"}}
else:
    _default["CONN_HEALTH_CHECKS"] = True
    _reader = {**_default}
# Inside a test's transaction a second connection would see nothing of it.
SNAPSHOT_ALIAS = "default" if TESTING else "reader"
DATABASES = {"default": _default} if TESTING else {"default": _default, "reader": _reader}
DATABASE_ROUTERS = ["core.scope.ScratchRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and sign-in -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email",)},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "core.passwords.SamenessValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_ADAPTER = "core.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "core.pages.account_forms.SignInForm",
    "reset_password": "core.pages.account_forms.ResetForm",
    "reset_password_from_key": "core.pages.account_forms.NewPasswordForm",
    "change_password": "core.pages.account_forms.ChangeForm",
    "reauthenticate": "core.pages.account_forms.AgainForm",
}
MFA_FORMS = {
    "authenticate": "core.pages.account_forms.CodeForm",
    "reauthenticate": "core.pages.account_forms.CodeAgainForm",
    "activate_totp": "core.pages.account_forms.ActivateForm",
}
MFA_TOTP_ISSUER = "AIMS 42"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_NAME = "aims_session"
CSRF_COOKIE_NAME = "aims_csrf"
CSRF_FAILURE_VIEW = "core.pages.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = environ.flag("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environ.flag("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Language, time, files --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = "config.formats"
USE_THOUSAND_SEPARATOR = True  # in pages; what programs read is written by `unlocalize` there (docs/developer/pages.md)
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING
BLOB_DIR = DATA_DIR / "objects"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o640

# Jobs, cache, mail ------------------------------------------------------------------------------------------------
BROKER_SOCKET = environ.text("BROKER_SOCKET")
REDIS_URL = environ.text("REDIS_URL")
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set. Production needs a redis:// address.")
CELERY_BROKER_URL = REDIS_URL or (f"redis+socket://{BROKER_SOCKET}" if BROKER_SOCKET else "memory://")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "core.sweep", "schedule": 5.0},
    "outbox": {"task": "core.dispatch_outbox", "schedule": 5.0},
    "tidy": {"task": "core.tidy", "schedule": 3600.0},
    "roll_up": {"task": "apis.roll_up", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
JOB_LEASE_SECONDS = environ.number("JOB_LEASE_SECONDS", 30, least=2)
TRAFFIC_PART_BYTES = environ.number("TRAFFIC_PART_BYTES", 16 << 20, least=1 << 20)
CACHE_URL = REDIS_URL or (f"unix://{BROKER_SOCKET}?db=1" if BROKER_SOCKET else "")
CACHES = {
    "default": {"BACKEND": "core.cache.FailOpenRedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL and not TESTING
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
EMAIL_HOST = environ.text("EMAIL_HOST")
EMAIL_PORT = environ.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = environ.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environ.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environ.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.dummy.EmailBackend"
)
# A time-stamp authority (RFC 3161): sealed reports then carry its time (PAdES B-T), else the installation's (B-B).
TSA_URL = environ.text("TSA_URL")
DEFAULT_FROM_EMAIL = environ.text("DEFAULT_FROM_EMAIL", "aims42@localhost")
MAIL_CONFIGURED = bool(EMAIL_HOST)

# REST -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.api.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.auth.MemberOnly"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.render.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.render.OrjsonParser", "core.api.render.MergePatchParser"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.limits.TokenThrottle"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Described",
    "EXCEPTION_HANDLER": "core.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
API_REQUESTS_PER_MINUTE = environ.number("API_REQUESTS_PER_MINUTE", 3000, least=1)
SPECTACULAR_SETTINGS = {
    "TITLE": "AIMS 42",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Runs an AI management system (ISO/IEC 42001:2023). Every rule of the pages holds here too.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/{slug}",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema.without_unused",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AcceptanceStateEnum": "risks.api.ACCEPTANCE_STATES",
        "ActionStateEnum": "risks.api.ACTION_STATES",
        "ActorRoleEnum": "aims.models.AISystem.ROLES",
        "ArtefactKindEnum": "apis.models.Artefact.KINDS",
        "CriteriaStateEnum": "risks.api.CRITERIA_STATES",
        "JobStateEnum": "core.models.Job.STATES",
        "LevelEnum": "risks.models.LEVELS",
        "MemberRoleEnum": "core.actor.ROLES",
        "ObservedStateEnum": "apis.api_of_evidence.STATES",
        "RiskStateEnum": "risks.api.RISK_STATES",
        "StageEnum": "aims.models.AISystem.STAGES",
        "StatementStateEnum": "controls.api.STATES",
        "SystemStateEnum": "aims.models.AISystem.STATES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environ.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        # The beat asks every five seconds what is due; that alone is no news.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    LOGGING["root"]["level"] = "WARNING"
