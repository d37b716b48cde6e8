"""REST addresses of threats."""

from django.urls import path

from apis import api_of_threats as api
from core.api.views import record_urls

INCIDENT = api.ThreatViewSet.as_view({"post": "incident"})
urlpatterns = [
    *record_urls("threats", "threat", api.ThreatViewSet, creates=False),
    path("<slug:slug>/threats/<str:pk>/incident/", INCIDENT, name="threat-incident"),
    *record_urls("mutes", "mute", api.MuteViewSet, changes=False, steps=False),
    path("<slug:slug>/mutes/<str:pk>/end/", api.MuteViewSet.as_view({"post": "end"}), name="mute-end"),
    path("<slug:slug>/detectors/", api.DetectorsView.as_view(), name="detectors"),
    path("<slug:slug>/detectors/<str:code>/", api.DetectorView.as_view(), name="detector"),
]
