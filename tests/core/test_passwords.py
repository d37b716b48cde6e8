"""T06: a long password that is a short one in disguise is refused."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize(
    "password", ["passwordpassword", "aaaaaaaaaaaaaa", "abcabcabcabcabc", "password123456!", "short", "qwertyqwerty1"]
)
def test_a_plain_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", ["correct horse battery staple", "Zürich-Kanu-blau-71", "s2dk-93ms-kd82-mmq1"])
def test_a_good_one_passes(password):
    validate_password(password)
