"""Addresses of the core's pages."""

from core.pages.urls import urlpatterns as shell

urlpatterns = [*shell]
