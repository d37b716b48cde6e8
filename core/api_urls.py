"""REST addresses of the core, below /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from core.api import core_views as views

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[]), name="schema"),
    path("<slug:slug>/me/", views.MeView.as_view(), name="me"),
    path("<slug:slug>/people/", views.PeopleView.as_view(), name="people"),
    path("<slug:slug>/jobs/", views.JobsView.as_view(), name="jobs"),
    path("<slug:slug>/jobs/<str:pk>/", views.JobView.as_view(), name="job"),
    path("<slug:slug>/jobs/<str:pk>/cancel/", views.CancelJobView.as_view(), name="job-cancel"),
    path("<slug:slug>/jobs/<str:pk>/files/<str:name>/", views.JobFileView.as_view(), name="job-file"),
    path("<slug:slug>/events/", views.EventsView.as_view(), name="events"),
    path("<slug:slug>/checks/", views.ChecksView.as_view(), name="checks"),
    path("<slug:slug>/history/verify/", views.VerifyView.as_view(), name="verify"),
]
