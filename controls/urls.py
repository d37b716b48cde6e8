"""Pages of the Statement of Applicability."""

from django.urls import path

from controls import views

urlpatterns = [
    path("<slug:slug>/soa/", views.Grid.as_view(), name="soa"),
    path("<slug:slug>/soa/list/", views.ControlList.as_view(), name="soa_list"),
    path("<slug:slug>/soa/versions/", views.Versions.as_view(), name="soa_versions"),
    path("<slug:slug>/soa/versions/<int:number>/", views.VersionPage.as_view(), name="soa_version"),
    path("<slug:slug>/soa/differences/", views.Differences.as_view(), name="soa_differences"),
    path("<slug:slug>/soa/confirm/", views.Confirm.as_view(), name="soa_confirm"),
    path("<slug:slug>/soa/submit/", views.Submit.as_view(), name="soa_submit"),
    path("<slug:slug>/soa/withdraw/", views.Withdraw.as_view(), name="soa_withdraw"),
    path("<slug:slug>/soa/approve/", views.Approve.as_view(), name="soa_approve"),
    path("<slug:slug>/soa/return/", views.Return.as_view(), name="soa_return"),
    path("<slug:slug>/soa/own/", views.NewControl.as_view(), name="control_new"),
    path("<slug:slug>/soa/<str:code>/", views.ControlPage.as_view(), name="control"),
    path("<slug:slug>/soa/<str:code>/edit/", views.EditControl.as_view(), name="control_edit"),
    path("<slug:slug>/soa/<str:code>/row/", views.SaveRow.as_view(), name="control_row"),
    path("<slug:slug>/soa/<str:code>/remove/", views.RemoveControl.as_view(), name="control_remove"),
]
