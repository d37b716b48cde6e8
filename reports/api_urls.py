"""REST addresses of the reports."""

from django.urls import path

from reports import api

urlpatterns = [
    path("<slug:slug>/reports/", api.ReportsView.as_view(), name="reports"),
    path("<slug:slug>/reports/<str:pk>/", api.ReportView.as_view(), name="report"),
    path("<slug:slug>/reports/<str:pk>/<str:wanted>/", api.ReportFileView.as_view(), name="report-file"),
]
