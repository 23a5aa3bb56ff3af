"""What toys may ask of Home Assistant, as far as the household's own settings are concerned."""

from functools import cache

from hub.activities.ask_the_house.grammar import Grammar


class HomeAssistantAccess:
    """Each toy's rights stand in its own settings."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        """What has to be done before toys can ask anything; "" for nothing."""

    def languages(self) -> tuple[str, ...]:
        """In which such wishes are understood. Reads the grammar from the disk, the first time."""
        return _languages()


@cache
def _languages() -> tuple[str, ...]:
    return Grammar.load().languages()
