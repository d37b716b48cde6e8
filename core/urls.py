"""Addresses of the core's pages. Literal ones come first: every other first part is a management system."""

from django.urls import path

from core.pages import help, history_pages, home, jobs, people, search, settings, start
from core.pages.urls import urlpatterns as shell

urlpatterns = [
    *shell,
    path("", start.ManagementSystems.as_view(), name="management_systems"),
    path("start/", start.Start.as_view(), name="start"),
    path("invitations/<str:key>/", start.Join.as_view(), name="join"),
    path("<slug:slug>/", home.Home.as_view(), name="home"),
    path("<slug:slug>/my-work/", home.MyWork.as_view(), name="my_work"),
    path("<slug:slug>/where-we-stand/", home.WhereWeStand.as_view(), name="where_we_stand"),
    path("<slug:slug>/findings/", home.FindingsPage.as_view(), name="findings"),
    path("<slug:slug>/search/", search.SearchPage.as_view(), name="search"),
    path("<slug:slug>/people/", people.PeoplePage.as_view(), name="people"),
    path("<slug:slug>/people/who-can/", people.WhoCanPage.as_view(), name="who_can"),
    path("<slug:slug>/people/invite/", people.InvitePage.as_view(), name="invite"),
    path("<slug:slug>/people/invitations/", people.InvitationsPage.as_view(), name="invitations"),
    path("<slug:slug>/people/invitations/<uuid:pk>/", people.InvitedPage.as_view(), name="invited"),
    path(
        "<slug:slug>/people/invitations/<uuid:pk>/withdraw/",
        people.WithdrawInvitation.as_view(),
        name="invitation_withdraw",
    ),
    path("<slug:slug>/people/<uuid:pk>/", people.MemberPage.as_view(), name="member"),
    path("<slug:slug>/people/<uuid:pk>/edit/", people.EditMember.as_view(), name="member_edit"),
    path("<slug:slug>/people/<uuid:pk>/rename/", people.RenameMember.as_view(), name="member_rename"),
    path("<slug:slug>/people/<uuid:pk>/end/", people.EndMember.as_view(), name="member_end"),
    path("<slug:slug>/settings/", settings.SettingsPage.as_view(), name="settings"),
    path("<slug:slug>/settings/edit/", settings.EditSettings.as_view(), name="settings_edit"),
    path("<slug:slug>/tokens/", settings.TokensPage.as_view(), name="tokens"),
    path("<slug:slug>/tokens/new/", settings.NewToken.as_view(), name="token_new"),
    path("<slug:slug>/tokens/<uuid:pk>/", settings.TokenPage.as_view(), name="token"),
    path("<slug:slug>/tokens/<uuid:pk>/revoke/", settings.RevokeToken.as_view(), name="token_revoke"),
    path("<slug:slug>/history/", history_pages.HistoryPage.as_view(), name="history"),
    path("<slug:slug>/history/check/", history_pages.CheckHistory.as_view(), name="history_check"),
    path("<slug:slug>/history/checkpoint/", history_pages.TakeCheckpoint.as_view(), name="checkpoint"),
    path("<slug:slug>/history/<int:seq>/", history_pages.EntryPage.as_view(), name="entry"),
    path("<slug:slug>/history/steps/<uuid:change_id>/undo/", history_pages.UndoStep.as_view(), name="step_undo"),
    path("<slug:slug>/jobs/", jobs.JobsPage.as_view(), name="jobs"),
    path("<slug:slug>/jobs/<uuid:pk>/", jobs.JobPage.as_view(), name="job"),
    path("<slug:slug>/jobs/<uuid:pk>/progress/", jobs.JobProgress.as_view(), name="job_progress"),
    path("<slug:slug>/jobs/<uuid:pk>/cancel/", jobs.CancelJob.as_view(), name="job_cancel"),
    path("<slug:slug>/jobs/<uuid:pk>/files/<int:file>/", jobs.JobFile.as_view(), name="job_file"),
    path("<slug:slug>/help/", help.HelpPage.as_view(), name="help"),
    path("<slug:slug>/help/sources/", help.SourcesPage.as_view(), name="sources"),
]
