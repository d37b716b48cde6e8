"""REST addresses of controls and the Statement of Applicability."""

from django.urls import path

from controls import api
from core.api.only import only_record_urls
from core.api.views import record_urls

SOA = "<slug:slug>/soa/"
urlpatterns = [
    *record_urls("controls", "control", api.ControlViewSet, steps=False),
    *only_record_urls(SOA, "soa", api.StatementViewSet),
    path(f"{SOA}versions/", api.StatementVersionsView.as_view(), name="soa-versions"),
    path(f"{SOA}confirmations/<slug:which>/", api.ConfirmView.as_view(), name="soa-confirm"),
]
