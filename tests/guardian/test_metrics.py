"""/metrics is for guardians, in the form that Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families

from tests.guardian.conftest import Site


async def test_a_guardian_reads_what_is_counted(site: Site) -> None:
    site.home.pretend_health.counted.observe(await site.home.hear("t1", "hello"))
    guardian = await site.guardian()
    async with await guardian.get("/events"):
        answer = await guardian.get("/metrics")
        text = await answer.text()
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["pommai_turns"].samples[0].value == 1
    (pages,) = families["pommai_connections"].samples
    assert (pages.labels, pages.value) == ({"to": "page"}, 1)
    assert "hello" not in text


async def test_nobody_else_does(site: Site) -> None:
    answer = await (await site.browser()).get("/metrics")
    assert answer.status == 303
    assert "pommai" not in await answer.text()
