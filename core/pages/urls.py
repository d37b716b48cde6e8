"""Addresses of the shell, outside any management system."""

from django.urls import path

from core.pages import doors

urlpatterns = [
    path("drafts/", doors.park, name="draft_park"),
    path("drafts/discard/", doors.discard, name="draft_discard"),
    path("me/look/", doors.appearance, name="appearance"),
]
