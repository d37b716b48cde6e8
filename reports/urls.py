"""Pages of the reports."""

from django.urls import path

from reports import claims, views

urlpatterns = [
    path("<slug:slug>/reports/", views.ReportsPage.as_view(), name="reports"),
    path("<slug:slug>/claims/<str:number>/<str:claim>/", claims.ClaimPage.as_view(), name="report_claim"),
    path("<slug:slug>/reports/new/<str:kind>/", views.AskPage.as_view(), name="report_ask"),
    path("<slug:slug>/reports/jobs/<uuid:pk>/", views.MakingPage.as_view(), name="report_making"),
    path("<slug:slug>/reports/<str:ref>/", views.ReportPage.as_view(), name="report"),
    path("<slug:slug>/reports/<str:ref>/<str:wanted>/", views.ReportFile.as_view(), name="report_file"),
]
