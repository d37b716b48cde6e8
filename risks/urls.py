"""Addresses of the room's pages."""

from django.urls import path

from risks.views import acceptances, actions, compare, criteria, form, lists, plan, risk

urlpatterns = [
    path("<slug:slug>/risks/", lists.RisksPage.as_view(), name="risks"),
    path("<slug:slug>/risks/heat-map/", lists.HeatPage.as_view(), name="risk_heat"),
    path("<slug:slug>/risks/actions/", lists.ActionsPage.as_view(), name="risk_actions"),
    path("<slug:slug>/risks/acceptances/", lists.AcceptancesPage.as_view(), name="risk_acceptances"),
    path("<slug:slug>/risks/catalogue/", lists.CataloguePage.as_view(), name="risk_catalogue"),
    path("<slug:slug>/risks/criteria/", criteria.CriteriaPage.as_view(), name="risk_criteria"),
    path("<slug:slug>/risks/criteria/edit/", criteria.EditCriteria.as_view(), name="risk_criteria_edit"),
    path("<slug:slug>/risks/criteria/return/", criteria.ReturnCriteria.as_view(), name="risk_criteria_return"),
    path("<slug:slug>/risks/criteria/<int:number>/", criteria.CriteriaPage.as_view(), name="risk_criteria_version"),
    path("<slug:slug>/risks/plan/", plan.PlanPage.as_view(), name="risk_plan"),
    path("<slug:slug>/risks/plan/submit/", plan.SubmitPlan.as_view(), name="risk_plan_submit"),
    path("<slug:slug>/risks/plan/return/", plan.ReturnPlan.as_view(), name="risk_plan_return"),
    path("<slug:slug>/risks/plan/approve/", plan.ApprovePlan.as_view(), name="risk_plan_approve"),
    path("<slug:slug>/risks/plan/<int:number>/", plan.PlanVersionPage.as_view(), name="risk_plan_version"),
    path("<slug:slug>/risks/opportunities/", criteria.ConsiderOpportunities.as_view(), name="risk_opportunities"),
    path("<slug:slug>/risks/new/", form.RiskFormPage.as_view(), name="risk_new"),
    path("<slug:slug>/risks/preview/", form.Preview.as_view(), name="risk_preview"),
    path("<slug:slug>/risks/actions/<str:ref>/", actions.ActionPage.as_view(), name="risk_action"),
    path("<slug:slug>/risks/actions/<str:ref>/edit/", actions.EditAction.as_view(), name="risk_action_edit"),
    path("<slug:slug>/risks/actions/<str:ref>/done/", actions.FinishAction.as_view(), name="risk_action_done"),
    path("<slug:slug>/risks/actions/<str:ref>/drop/", actions.DropAction.as_view(), name="risk_action_drop"),
    path("<slug:slug>/risks/actions/<str:ref>/check/", actions.CheckAction.as_view(), name="risk_action_check"),
    path("<slug:slug>/risks/acceptances/<str:ref>/", acceptances.AcceptancePage.as_view(), name="risk_acceptance"),
    path(
        "<slug:slug>/risks/acceptances/<str:ref>/withdraw/",
        acceptances.Withdraw.as_view(),
        name="risk_acceptance_withdraw",
    ),
    path("<slug:slug>/risks/<str:ref>/", risk.RiskPage.as_view(), name="risk"),
    path("<slug:slug>/risks/<str:ref>/assessments/", compare.CompareAssessments.as_view(), name="risk_compare"),
    path("<slug:slug>/risks/<str:ref>/edit/", form.RiskFormPage.as_view(), name="risk_edit"),
    path("<slug:slug>/risks/<str:ref>/preview/", form.Preview.as_view(), name="risk_preview_of"),
    path("<slug:slug>/risks/<str:ref>/still-right/", risk.StillRight.as_view(), name="risk_confirm"),
    path("<slug:slug>/risks/<str:ref>/reopen/", risk.Reopen.as_view(), name="risk_reopen"),
    path("<slug:slug>/risks/<str:ref>/close/", risk.Close.as_view(), name="risk_close"),
    path("<slug:slug>/risks/<str:ref>/delete/", risk.DeleteDraft.as_view(), name="risk_delete"),
    path("<slug:slug>/risks/<str:ref>/action/", actions.PlanAction.as_view(), name="risk_action_new"),
]
