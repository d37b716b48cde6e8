"""What is kept per language says what would be said anew."""

from django.utils import translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from core import spoken


def test_an_answer_is_made_once_per_language_and_question():
    made = []

    @spoken.kept(10)
    def said(word, loud=False):
        made.append(word)
        return f"{translation.get_language()} {word.upper() if loud else word}"

    with translation.override("en"):
        assert [said("a"), said("a"), said("a", loud=True)] == ["en a", "en a", "en A"]
    with translation.override("de"):
        assert said("a") == "de a"
    assert made == ["a", "a", "a"]
    spoken.forget()
    with translation.override("en"):
        assert said("a") == "en a"
    assert made == ["a", "a", "a", "a"]


def test_text_that_is_safe_to_draw_lets_no_equal_text_pass_undrawn():
    @spoken.kept(10)
    def drawn(pairs, label=""):
        return "".join(conditional_escape(text) for text, _hot in pairs) + conditional_escape(label)

    for safe in (SafeString("<b>"), "<b>"):
        shown = "<b>" if isinstance(safe, SafeString) else "&lt;b&gt;"
        assert drawn(((safe, False),)) == shown
        assert drawn((), label=safe) == shown
