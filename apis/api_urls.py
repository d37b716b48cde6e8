"""REST addresses of the room."""

from django.urls import path

from apis import api, api_naming, api_push
from apis.api_urls_of_evidence import urlpatterns as evidence
from apis.api_urls_of_posture import urlpatterns as posture
from apis.api_urls_of_threats import urlpatterns as threats
from core.api.views import record_urls

urlpatterns = [
    *record_urls("services", "service", api.ServiceViewSet, creates=False, steps=False),
    path("<slug:slug>/services/<str:pk>/observed/", api.ObservedView.as_view(), name="service-observed"),
    *record_urls("endpoints", "endpoint", api.EndpointViewSet, creates=False, steps=False),
    path("<slug:slug>/endpoints/<str:pk>/path/", api_naming.PathView.as_view(), name="endpoint-path"),
    *record_urls("field-maps", "field-map", api_naming.FieldMapViewSet, steps=False),
    *record_urls("artefacts", "artefact", api.ArtefactViewSet, creates=False, changes=False, steps=False),
    path("<slug:slug>/traffic/", api_push.TrafficView.as_view(), name="traffic"),
    path("<slug:slug>/descriptions/", api_push.DescriptionsView.as_view(), name="descriptions"),
    path("<slug:slug>/traffic-retention/", api_push.RetentionView.as_view(), name="traffic-retention"),
    *posture,
    *threats,
    *evidence,
]
