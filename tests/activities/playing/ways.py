"""What a toy's question in a story lets a child choose from."""


def offered(said: str) -> list[str]:
    """The ways of which the last question of `said` speaks."""
    question = said[said.rindex("Shall they") :].rstrip("?").removeprefix("Shall they ")
    return question.replace(" or ", ", ").split(", ")
