"""The lines in other languages than English, and what the rules make of those that they were written for."""

from bench.guard import languages


async def test_each_language_has_lines_enough_and_the_rules_do_what_they_say() -> None:
    found = await languages.scores()
    for name in ("de", "es", "fr"):
        assert found[name].caught.of >= 150
        assert found[name].false_alarms.of >= 150
        assert found[name].false_alarms.share <= 0.05
        assert found[name].caught.share >= 0.9
