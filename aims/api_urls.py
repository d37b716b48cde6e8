"""REST addresses of the inventory."""

from django.urls import path

from aims import api, api_groups, api_intake
from aims import api_alike as alike
from aims import api_runs as runs
from core.api.views import record_urls

urlpatterns = [
    path(
        "<slug:slug>/systems/by-external-id/<slug:source>/<path:key>/",
        api.ByExternalIdView.as_view(),
        name="system-by-external-id",
    ),
    *record_urls("systems", "system", api.SystemViewSet),
    path(
        "<slug:slug>/systems/<str:pk>/give-back/",
        api.SystemViewSet.as_view({"post": "give_back"}),
        name="system-give-back",
    ),
    path(
        "<slug:slug>/systems/<str:pk>/merge/",
        api.SystemViewSet.as_view({"post": "merge"}),
        name="system-merge",
    ),
    path("<slug:slug>/systems/<str:pk>/keep-apart/", alike.KeepApartView.as_view(), name="system-keep-apart"),
    path("<slug:slug>/look-alikes/", alike.LookAlikesView.as_view(), name="look-alikes"),
    *record_urls("intake-links", "intake-link", api_intake.IntakeLinkViewSet, changes=False, steps=False),
    path(
        "<slug:slug>/intake-links/<str:pk>/renew/",
        api_intake.IntakeLinkViewSet.as_view({"post": "renew"}),
        name="intake-link-renew",
    ),
    path(
        "<slug:slug>/intake-links/<str:pk>/withdraw/",
        api_intake.IntakeLinkViewSet.as_view({"post": "withdraw"}),
        name="intake-link-withdraw",
    ),
    *record_urls("groups", "group", api_groups.GroupViewSet, steps=False),
    *record_urls("claims", "claim", runs.ClaimViewSet, creates=False, changes=False, steps=False),
    path("<slug:slug>/claims/<str:pk>/decide/", runs.ClaimViewSet.as_view({"post": "decide"}), name="claim-decide"),
    path("<slug:slug>/inventory/runs/", runs.RunsView.as_view(), name="inventory-runs"),
    path("<slug:slug>/inventory/runs/<str:pk>/", runs.RunView.as_view(), name="inventory-run"),
    path("<slug:slug>/inventory/runs/<str:pk>/rows/", runs.RowsView.as_view(), name="inventory-run-rows"),
    path("<slug:slug>/inventory/sync/", api.SyncView.as_view(), name="inventory-sync"),
]
