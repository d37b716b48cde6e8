"""A register of people at an address of its own, for tests."""

from django.urls import path

from config import urls
from core.lists.people import MemberRegister
from core.pages.registers import RegisterView


class ToyPage(RegisterView):
    """The people, listed."""

    register = MemberRegister


urlpatterns = [
    path("<slug:slug>/toy/", ToyPage.as_view(), name="toy"),
    path("<slug:slug>/toy/<uuid:pk>/", ToyPage.as_view(), name="member"),
    *urls.urlpatterns,
]
