"""Mail the product sends, where it is configured."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from core import languages
from core.models import Invitation


def send_invitation(invitation: Invitation, link: str, place: str, inviter: str) -> bool:
    """Send an invitation's link; False when mail is not configured or not accepted, then the link is handed over."""
    if not settings.MAIL_CONFIGURED:
        return False
    with translation.override(languages.of_address(invitation.email, invitation.management_system_id)):
        subject, text = _words(link, place, inviter)
    try:
        return bool(send_mail(" ".join(subject.split()), text, None, [invitation.email]))
    except OSError:
        return False


def _words(link: str, place: str, inviter: str) -> tuple[str, str]:
    subject = _("%(inviter)s invites you to %(place)s in AIMS 42") % {"inviter": inviter, "place": place}
    text = _(
        "%(inviter)s invites you to %(place)s.\n\nOpen this link to join; it works once, for 14 days:\n%(link)s\n\n"
        "If you did not expect this, do nothing.\n"
    ) % {"inviter": inviter, "place": place, "link": link}
    return subject, text
