"""REST addresses of the room."""

from apis.api_urls_of_posture import urlpatterns as posture

urlpatterns = [*posture]
