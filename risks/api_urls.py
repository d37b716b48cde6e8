"""REST addresses of the risks."""

from django.urls import path, re_path

from core.api.only import only_record_urls
from core.api.views import record_urls
from risks import api

PLAN = "<slug:slug>/treatment-plan/"
urlpatterns = [
    *record_urls("risks", "risk", api.RiskViewSet),
    path(
        "<slug:slug>/risks/<str:pk>/assessments/",
        api.RiskViewSet.as_view({"get": "assessments"}),
        name="risk-assessments",
    ),
    *record_urls("actions", "action", api.ActionViewSet, steps=False),
    re_path(
        r"^(?P<slug>[-\w]+)/actions/(?P<pk>[0-9a-f-]{32,36})/(?P<verb>finish|drop|check)/$",
        api.ActionViewSet.as_view({"post": "settle"}),
        name="action-settle",
    ),
    *record_urls("acceptances", "acceptance", api.AcceptanceViewSet, creates=False, changes=False),
    *record_urls("criteria", "criteria", api.CriteriaViewSet),
    *record_urls("opportunities", "opportunity", api.OpportunityViewSet, changes=False, steps=False),
    *only_record_urls(PLAN, "plan", api.PlanViewSet),
    path(f"{PLAN}versions/", api.PlanVersionsView.as_view(), name="plan-versions"),
]
