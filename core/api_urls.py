"""REST addresses of the core, below /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from core.api import core_views as views
from core.api import hand_over_views as handing
from core.api import list_views as lists
from core.api import people_views as people
from core.api import place_views as place

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[]), name="schema"),
    path("<slug:slug>/me/", views.MeView.as_view(), name="me"),
    path("<slug:slug>/people/", people.PeopleView.as_view(), name="people"),
    path("<slug:slug>/people/<str:pk>/", people.PersonView.as_view(), name="person"),
    path("<slug:slug>/people/<str:pk>/end/", people.EndView.as_view(), name="person-end"),
    path("<slug:slug>/people/<str:pk>/hand-over/", handing.HandOverView.as_view(), name="person-hand-over"),
    path("<slug:slug>/invitations/", people.InvitationsView.as_view(), name="invitations"),
    path("<slug:slug>/invitations/<str:pk>/", people.InvitationView.as_view(), name="invitation"),
    path(
        "<slug:slug>/invitations/<str:pk>/withdraw/",
        people.WithdrawInvitationView.as_view(),
        name="invitation-withdraw",
    ),
    path("<slug:slug>/settings/", place.SettingsView.as_view(), name="settings"),
    path("<slug:slug>/look/", lists.LookView.as_view(), name="look"),
    path("<slug:slug>/views/", lists.SavedViewsView.as_view(), name="views"),
    path("<slug:slug>/views/<str:pk>/", lists.SavedViewView.as_view(), name="view"),
    path("<slug:slug>/views/<str:pk>/start/", lists.StartView.as_view(), name="view-start"),
    path("<slug:slug>/vocabularies/", place.VocabulariesView.as_view(), name="vocabularies"),
    path("<slug:slug>/jobs/", views.JobsView.as_view(), name="jobs"),
    path("<slug:slug>/jobs/<str:pk>/", views.JobView.as_view(), name="job"),
    path("<slug:slug>/jobs/<str:pk>/cancel/", views.CancelJobView.as_view(), name="job-cancel"),
    path("<slug:slug>/jobs/<str:pk>/files/<str:name>/", views.JobFileView.as_view(), name="job-file"),
    path("<slug:slug>/events/", views.EventsView.as_view(), name="events"),
    path("<slug:slug>/checks/", views.ChecksView.as_view(), name="checks"),
    path("<slug:slug>/history/steps/<str:pk>/", place.StepView.as_view(), name="history-step"),
    path("<slug:slug>/history/steps/<str:pk>/undo/", place.UndoView.as_view(), name="history-step-undo"),
    path("<slug:slug>/history/verify/", views.VerifyView.as_view(), name="verify"),
]
