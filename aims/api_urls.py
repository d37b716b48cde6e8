"""REST addresses of the inventory."""

from django.urls import path

from aims import api
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
    path("<slug:slug>/inventory/sync/", api.SyncView.as_view(), name="inventory-sync"),
]
