"""The REST foundation: who gets in, problems, pages, jobs."""

import datetime

import pytest
from django.test import Client

from core import clock, jobs
from core.models import ApiToken, Job
from core.services.members import end_membership
from core.services.tenancy import describe
from core.services.tokens import create_token, revoke_token
from tests.makers import actor_for, make_management_system, make_manager, make_member

pytestmark = pytest.mark.django_db


@jobs.handler("test.write")
def write(running):
    """A job that leaves one file."""
    running.progress(1, 1, "written")
    running.attach("out.txt", b"hello", "text/plain")


@pytest.fixture
def tenant():
    return make_management_system(slug="here")


def bearer(tenant, *scopes, **fields):
    """A client whose every request carries a token."""
    fields.setdefault("expires_at", clock.now() + datetime.timedelta(days=30))
    actor = fields.pop("actor", None) or make_manager(tenant)
    token, secret = create_token(actor=actor, name="test", scopes=list(scopes or ["read"]), **fields)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    client.token, client.secret = token, secret
    return client


def test_without_a_token_the_answer_is_401_for_any_address(client, tenant):
    for slug in ("here", "nowhere"):
        answer = client.get(f"/api/v1/{slug}/me/")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_a_token_opens_its_own_management_system_and_no_other(tenant):
    make_management_system(slug="there")
    client = bearer(tenant)
    assert client.get("/api/v1/here/me/").json()["scopes"] == ["read"]
    assert client.get("/api/v1/there/me/").status_code == 404
    assert client.get("/api/v1/nowhere/me/").status_code == 404


def test_the_secret_is_nowhere_in_the_database(tenant):
    client = bearer(tenant)
    row = ApiToken.objects.get()
    assert client.secret.split("_", 2)[2] not in str(row.__dict__)


@pytest.mark.tampers
@pytest.mark.parametrize("end", ["revoked", "expired", "person disabled", "person left", "wrong secret"])
def test_a_dead_token_is_401_at_the_next_call(tenant, end):
    person = make_member(tenant, "manager", "administrator")
    client = bearer(tenant, "read", actor=actor_for(person, tenant), as_person=True)
    assert client.get("/api/v1/here/me/").status_code == 200
    if end == "revoked":
        revoke_token(actor=make_manager(tenant), token=client.token)
    elif end == "expired":
        ApiToken.objects.update(expires_at=clock.now())
    elif end == "person disabled":
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    elif end == "person left":
        end_membership(actor=make_manager(tenant), member=person.memberships.get())
    else:
        client.defaults["HTTP_AUTHORIZATION"] = client.defaults["HTTP_AUTHORIZATION"][:-1] + "!"
    assert client.get("/api/v1/here/me/").status_code == 401


def test_events_come_in_order_and_go_on_where_the_client_stopped(tenant):
    actor, client = make_manager(tenant), bearer(tenant)
    first = client.get("/api/v1/here/events/").json()
    describe(actor=actor, name="Changed")
    later = client.get(f"/api/v1/here/events/?after={first['last']}").json()
    assert [e["action"] for e in later["items"]] == ["core.profile.change"]
    assert later["items"][0]["state"]["name"] == "Changed"


def test_people_are_listed_without_addresses_page_by_page(tenant):
    for _ in range(4):
        make_member(tenant, "contributor")
    client = bearer(tenant)
    seen, url = [], "/api/v1/here/people/?limit=2"
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["items"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 6
    assert "@" not in client.get("/api/v1/here/people/").content.decode()


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=!!", "cursor=e30"])
def test_nonsense_in_paging_is_400_and_names_the_parameter(tenant, query):
    answer = bearer(tenant).get(f"/api/v1/here/people/?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == query.split("=")[0]


def test_a_job_can_be_polled_and_its_file_downloaded_by_its_management_system_only(tenant):
    job = jobs.enqueue(make_manager(tenant), "test.write", {})
    client = bearer(tenant, "read", "reports:read")
    assert client.get(f"/api/v1/here/jobs/{job.pk}/").json()["state"] == "waiting"
    jobs.run_waiting()
    found = client.get(f"/api/v1/here/jobs/{job.pk}/").json()
    assert (found["state"], found["done"], found["files"][0]["name"]) == ("ready", 1, "out.txt")
    answer = client.get(f"/api/v1/here/jobs/{job.pk}/files/out.txt/")
    assert b"".join(answer.streaming_content) == b"hello"
    assert answer["Content-Disposition"].startswith("attachment")
    other = bearer(make_management_system(slug="there"), "read", "reports:read")
    assert other.get(f"/api/v1/there/jobs/{job.pk}/").status_code == 404
    assert bearer(tenant, "read").get(f"/api/v1/here/jobs/{job.pk}/files/out.txt/").status_code == 200


def test_requests_beyond_the_minute_are_429_and_a_neighbour_is_not_affected(tenant, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    client, neighbour = bearer(tenant), bearer(tenant)
    codes = [client.get("/api/v1/here/me/").status_code for _ in range(5)]
    assert codes[:3] == [200, 200, 200]
    assert codes[3:] == [429, 429]
    assert int(client.get("/api/v1/here/me/")["Retry-After"]) >= 1
    assert neighbour.get("/api/v1/here/me/").status_code == 200


def test_a_lost_worker_writes_nothing_more_and_the_job_is_done_once(tenant):
    job = jobs.enqueue(make_manager(tenant), "test.write", {})
    slow = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - datetime.timedelta(seconds=5))
    jobs.run(job.pk)
    with pytest.raises(jobs.Lost):
        slow.progress(1)
    with pytest.raises(jobs.Lost):
        slow.attach("late.txt", b"late", "text/plain")
    job.refresh_from_db()
    assert (job.state, job.attempt, [f.name for f in job.files.all()]) == ("ready", 2, ["out.txt"])


def test_the_description_is_openapi_3_1(client, tenant):
    described = client.get("/api/v1/schema/").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/{slug}/me/" in described["paths"]
