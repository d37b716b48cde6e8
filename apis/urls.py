"""Addresses of the room's pages."""

from django.urls import path

from apis.urls_of_evidence import urlpatterns as evidence
from apis.urls_of_posture import urlpatterns as posture
from apis.urls_of_threats import urlpatterns as threats
from apis.views import bringing, inventory, keeping, naming, unregistered

A = "<slug:slug>/apis/"
urlpatterns = [
    path(f"{A}services/", inventory.Services.as_view(), name="api_services"),
    path(f"{A}services/<str:ref>/", inventory.ServicePage.as_view(), name="api_service"),
    path(f"{A}services/<str:ref>/edit/", inventory.EditService.as_view(), name="api_service_edit"),
    path(f"{A}services/<str:ref>/observed/", naming.ObservedDownload.as_view(), name="api_service_observed"),
    path(f"{A}services/<str:ref>/claim/", unregistered.Claim.as_view(), name="api_service_claim"),
    path(f"{A}unregistered/", unregistered.Unregistered.as_view(), name="api_unregistered"),
    path(f"{A}endpoints/", inventory.Endpoints.as_view(), name="api_endpoints"),
    path(f"{A}endpoints/<str:ref>/", inventory.EndpointPage.as_view(), name="api_endpoint"),
    path(f"{A}endpoints/<str:ref>/path/", naming.NamePath.as_view(), name="api_endpoint_path"),
    path(f"{A}brought-in/", inventory.Artefacts.as_view(), name="api_artefacts"),
    path(f"{A}brought-in/new/", bringing.BringIn.as_view(), name="api_bring_in"),
    path(f"{A}brought-in/file/", bringing.BringFile.as_view(), name="api_bring_file"),
    path(f"{A}brought-in/file/<uuid:pk>/", bringing.FileProgress.as_view(), name="api_file_progress"),
    path(f"{A}brought-in/<str:ref>/", inventory.ArtefactPage.as_view(), name="api_artefact"),
    path(f"{A}retention/", keeping.RetentionPage.as_view(), name="api_retention"),
    path(f"{A}field-maps/", bringing.FieldMaps.as_view(), name="api_field_maps"),
    path(f"{A}field-maps/new/", bringing.EditFieldMap.as_view(), name="api_field_map_new"),
    path(f"{A}field-maps/<str:ref>/", bringing.EditFieldMap.as_view(), name="api_field_map"),
    *posture,
    *threats,
    *evidence,
]
