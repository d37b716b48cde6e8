"""REST addresses of evidence."""

from django.urls import path

from core.api.views import record_urls
from evidence import api

urlpatterns = [
    *record_urls("evidence", "evidence-item", api.EvidenceViewSet, creates=False, changes=False, steps=False),
    path("<slug:slug>/evidence/<str:pk>/versions/", api.VersionsView.as_view(), name="evidence-versions"),
    path("<slug:slug>/evidence/<str:pk>/versions/<int:number>/", api.DownloadView.as_view(), name="evidence-download"),
]
