"""Addresses of the pages of threats."""

from django.urls import path

from apis.views import detectors, threats

P = "<slug:slug>/apis/threats/"
urlpatterns = [
    path(P, threats.ThreatsPage.as_view(), name="threats"),
    path(f"{P}detectors/", detectors.DetectorsPage.as_view(), name="detectors"),
    path(f"{P}detectors/<str:code>/", detectors.EditDetector.as_view(), name="detector"),
    path(f"{P}detectors/<str:code>/reset/", detectors.ResetDetector.as_view(), name="detector_reset"),
    path(f"{P}mutes/", threats.MutesPage.as_view(), name="threat_mutes"),
    path(f"{P}mutes/<str:ref>/", threats.MutePage.as_view(), name="threat_mute"),
    path(f"{P}mutes/<str:ref>/end/", threats.EndMute.as_view(), name="threat_mute_end"),
    path(f"{P}callers/<str:consumer>/", threats.CallerPage.as_view(), name="threat_caller"),
    path(f"{P}<str:ref>/", threats.ThreatPage.as_view(), name="threat"),
    path(f"{P}<str:ref>/review/", threats.Review.as_view(), name="threat_review"),
    path(f"{P}<str:ref>/edit/", threats.EditSignal.as_view(), name="threat_edit"),
    path(f"{P}<str:ref>/incident/", threats.ReportIncident.as_view(), name="threat_incident"),
    path(f"{P}<str:ref>/mute/", threats.MuteCaller.as_view(), name="threat_mute_caller"),
    path(f"{P}<str:ref>/steps/<str:step>/", threats.TakeStep.as_view(), name="threat_step"),
]
