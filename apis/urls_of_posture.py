"""Addresses of the pages of posture."""

from django.urls import path

from apis.views import posture, rules

P = "<slug:slug>/apis/posture/"
urlpatterns = [
    path(P, posture.PosturePage.as_view(), name="posture"),
    path(f"{P}findings/", posture.FindingsPage.as_view(), name="posture_findings"),
    path(f"{P}sarif/", posture.SarifDownload.as_view(), name="posture_sarif"),
    path(f"{P}findings/<str:ref>/", posture.FindingPage.as_view(), name="posture_finding"),
    path(f"{P}findings/<str:ref>/accept/", posture.AcceptFinding.as_view(), name="posture_finding_accept"),
    path(f"{P}findings/<str:ref>/reopen/", posture.ReopenFinding.as_view(), name="posture_finding_reopen"),
    path(f"{P}findings/<str:ref>/review/", posture.ReviewFinding.as_view(), name="posture_finding_review"),
    path(f"{P}findings/<str:ref>/edit/", posture.EditFinding.as_view(), name="posture_finding_edit"),
    path(f"{P}services/<str:ref>/", posture.ServicePosturePage.as_view(), name="service_posture"),
    path(f"{P}exemptions/", posture.ExemptionsPage.as_view(), name="posture_exemptions"),
    path(f"{P}exemptions/<str:ref>/", posture.ExemptionPage.as_view(), name="posture_exemption"),
    path(f"{P}exemptions/<str:ref>/end/", posture.EndExemption.as_view(), name="posture_exemption_end"),
    path(f"{P}rules/", rules.RulesPage.as_view(), name="posture_rules"),
    path(f"{P}rules/new/", rules.OwnRulePage.as_view(), name="posture_rule_new"),
    path(f"{P}rules/own/<str:ref>/", rules.OwnRulePage.as_view(), name="posture_rule_edit"),
    path(f"{P}rules/<str:code>/choose/", rules.ChooseRule.as_view(), name="posture_rule_choose"),
]
