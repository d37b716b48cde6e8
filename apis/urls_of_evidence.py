"""Addresses of the overview and of the API requirements."""

from django.urls import path

from apis.views import overview

A = "<slug:slug>/apis/"
urlpatterns = [
    path(A, overview.OverviewPage.as_view(), name="api_overview"),
    path(f"{A}requirements/", overview.RequirementsPage.as_view(), name="api_requirements"),
    path(f"{A}requirements/<str:code>/", overview.RequirementPage.as_view(), name="api_requirement"),
]
