"""REST addresses of API requirements."""

from django.urls import path

from apis import api_of_evidence as api

urlpatterns = [path("<slug:slug>/requirements/", api.ApiRequirementsView.as_view(), name="api-requirements")]
