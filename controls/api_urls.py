"""REST addresses of controls and the Statement of Applicability."""

from django.urls import path

from controls import api
from core.api.views import record_urls

SOA = "<slug:slug>/soa/"
urlpatterns = [
    *record_urls("controls", "control", api.ControlViewSet, steps=False),
    path(SOA, api.StatementViewSet.as_view({"get": "retrieve"}), name="soa"),
    path(f"{SOA}versions/", api.StatementVersionsView.as_view(), name="soa-versions"),
    path(f"{SOA}confirmations/<slug:which>/", api.ConfirmView.as_view(), name="soa-confirm"),
    path(f"{SOA}steps/", api.StatementViewSet.as_view({"get": "steps"}), name="soa-steps"),
    path(f"{SOA}steps/<str:name>/", api.StatementViewSet.as_view({"post": "take_step"}), name="soa-step"),
]
