"""Pages of AI systems."""

from django.urls import path

from aims import views

urlpatterns = [
    path("<slug:slug>/systems/", views.Systems.as_view(), name="systems"),
    path("<slug:slug>/systems/new/", views.NewSystem.as_view(), name="system_new"),
    path("<slug:slug>/systems/to-screen/", views.ToScreen.as_view(), name="systems_to_screen"),
    path("<slug:slug>/systems/claims/", views.Claims.as_view(), name="systems_claims"),
    path("<slug:slug>/systems/claims/<uuid:pk>/", views.ClaimPage.as_view(), name="system_claim"),
    path("<slug:slug>/systems/import/", views.ImportStart.as_view(), name="systems_import"),
    path("<slug:slug>/systems/import/template.csv", views.Template.as_view(), name="systems_template"),
    path("<slug:slug>/systems/<str:ref>/", views.SystemPage.as_view(), name="system"),
    path("<slug:slug>/systems/<str:ref>/edit/", views.EditSystem.as_view(), name="system_edit"),
    path("<slug:slug>/systems/<str:ref>/give-back/", views.GiveBack.as_view(), name="system_give_back"),
    path("<slug:slug>/systems/<str:ref>/steps/<str:step>/", views.StepPage.as_view(), name="system_step"),
]
