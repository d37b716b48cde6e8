"""Addresses of the pages of evidence."""

from django.urls import path

from evidence import views

E = "<slug:slug>/evidence/"
urlpatterns = [
    path(E, views.EvidencePage.as_view(), name="evidence"),
    path(f"{E}<str:ref>/", views.ItemPage.as_view(), name="evidence_item"),
    path(f"{E}<str:ref>/v<int:number>/", views.ItemPage.as_view(), name="evidence_version"),
    path(f"{E}<str:ref>/v<int:number>/download/", views.Download.as_view(), name="evidence_download"),
]
