"""Addresses of the room's pages."""

from apis.urls_of_posture import urlpatterns as posture

urlpatterns = [*posture]
