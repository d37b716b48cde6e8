"""What is kept per language says what would be said anew."""

from django.utils import translation

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
