"""REST addresses of posture."""

from django.urls import path

from apis import api_of_posture as api
from core.api.views import record_urls

FINDINGS, EXEMPTIONS = "posture-findings", "posture-exemptions"
urlpatterns = [
    path(f"<slug:slug>/{FINDINGS}/sarif/", api.SarifView.as_view(), name="posture-finding-sarif"),
    *record_urls(FINDINGS, "posture-finding", api.FindingViewSet, creates=False),
    *record_urls(EXEMPTIONS, "posture-exemption", api.ExemptionViewSet, creates=False, changes=False, steps=False),
    path(
        f"<slug:slug>/{EXEMPTIONS}/<str:pk>/end/",
        api.ExemptionViewSet.as_view({"post": "end"}),
        name="posture-exemption-end",
    ),
    *record_urls("own-rules", "own-rule", api.OwnRuleViewSet, steps=False),
    path("<slug:slug>/posture-rules/", api.RulesView.as_view(), name="posture-rules"),
    path("<slug:slug>/posture-rules/<str:code>/", api.RuleView.as_view(), name="posture-rule"),
    path("<slug:slug>/services/<str:pk>/posture/", api.ServicePostureView.as_view(), name="service-posture"),
]
