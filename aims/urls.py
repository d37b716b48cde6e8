"""Pages of AI systems."""

from django.urls import path

from aims import views

urlpatterns = [
    path("<slug:slug>/systems/", views.Systems.as_view(), name="systems"),
    path("<slug:slug>/systems/new/", views.NewSystem.as_view(), name="system_new"),
    path("<slug:slug>/systems/to-screen/", views.ToScreen.as_view(), name="systems_to_screen"),
    path("tell/<str:key>/", views.Tell.as_view(), name="tell"),
    path("<slug:slug>/systems/to-screen/look-alikes/", views.Duplicates.as_view(), name="systems_duplicates"),
    path("<slug:slug>/systems/to-screen/groups/", views.Groups.as_view(), name="system_groups"),
    path("<slug:slug>/systems/to-screen/groups/new/", views.NewGroup.as_view(), name="system_group_new"),
    path("<slug:slug>/systems/to-screen/groups/<str:ref>/", views.GroupPage.as_view(), name="system_group"),
    path("<slug:slug>/systems/to-screen/groups/<str:ref>/edit/", views.EditGroup.as_view(), name="system_group_edit"),
    path(
        "<slug:slug>/systems/to-screen/groups/<str:ref>/dissolve/",
        views.DissolveGroup.as_view(),
        name="system_group_dissolve",
    ),
    path("<slug:slug>/systems/to-screen/intake/", views.IntakeLinks.as_view(), name="system_intake"),
    path("<slug:slug>/systems/to-screen/intake/new/", views.NewIntakeLink.as_view(), name="system_intake_new"),
    path(
        "<slug:slug>/systems/to-screen/intake/<uuid:pk>/withdraw/",
        views.WithdrawIntakeLink.as_view(),
        name="system_intake_withdraw",
    ),
    path(
        "<slug:slug>/systems/to-screen/intake/<uuid:pk>/renew/",
        views.RenewIntakeLink.as_view(),
        name="system_intake_renew",
    ),
    path("<slug:slug>/systems/claims/", views.Claims.as_view(), name="systems_claims"),
    path("<slug:slug>/systems/claims/<uuid:pk>/", views.ClaimPage.as_view(), name="system_claim"),
    path("<slug:slug>/systems/import/", views.ImportStart.as_view(), name="systems_import"),
    path("<slug:slug>/systems/import/template.csv", views.Template.as_view(), name="systems_template"),
    path("<slug:slug>/systems/<str:ref>/", views.SystemPage.as_view(), name="system"),
    path("<slug:slug>/systems/<str:ref>/edit/", views.EditSystem.as_view(), name="system_edit"),
    path(
        "<slug:slug>/systems/to-screen/look-alikes/<str:ref>/", views.DuplicatesOf.as_view(), name="system_duplicates"
    ),
    path("<slug:slug>/systems/<str:ref>/group/", views.GroupOfSystem.as_view(), name="system_group_of"),
    path("<slug:slug>/systems/<str:ref>/give-back/", views.GiveBack.as_view(), name="system_give_back"),
    path("<slug:slug>/systems/<str:ref>/steps/<str:step>/", views.StepPage.as_view(), name="system_step"),
]
