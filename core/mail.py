"""Mail the product sends, where it is configured."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from core import languages, registries
from core.models import Invitation, ManagementSystem, Mention


def send_invitation(invitation: Invitation, link: str, place: str, inviter: str) -> bool:
    """Send an invitation's link; False when mail is not configured or not accepted, then the link is handed over."""
    if not settings.MAIL_CONFIGURED:
        return False
    with translation.override(languages.of_invitation(invitation)):
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


def send_mention(mention: Mention) -> bool:
    """Tell a person that a comment names them, without its words; False without mail. Raises OSError when refused."""
    if not settings.MAIL_CONFIGURED:
        return False
    said = mention.comment
    slug = ManagementSystem.objects.values_list("slug", flat=True).get(pk=said.management_system_id)
    link = f"{settings.SITE_URL}{registries.url_of(said.record_type, said.record_ref, slug)}#comments"
    with translation.override(languages.of_person(mention.person, said.management_system_id)):
        subject = mention_words(said.person.name if said.person else "", said.record_ref)
        text = _(
            "%(what)s.\n\nRead the comment and answer here:\n%(link)s\n\n"
            "You can switch off mails about mentions under your initials at the top of every page.\n"
        ) % {"what": subject, "link": link}
    return bool(send_mail(" ".join(subject.split()), text, None, [mention.person.email]))


def mention_words(who: str, ref: str) -> str:
    """What My work and the mail say of a comment that names somebody."""
    if not who:
        return _("You are mentioned on %(ref)s") % {"ref": ref}
    return _("%(who)s mentions you on %(ref)s") % {"who": who, "ref": ref}
