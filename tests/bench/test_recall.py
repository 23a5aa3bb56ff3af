"""Recall is measured among copies: each is found as what it was copied from, and no model reads it again."""

import pytest

from bench import recall
from hub.config import Config
from hub.domain.toys import Toy
from hub.providers.base import ProviderSetup
from hub.providers.embedding.openai import OpenAiEmbedder
from tests.providers import embedding_server


async def test_copies_are_found_and_read_by_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MAX_PASSAGES", 8)
    async with embedding_server.running() as server:
        section = {"embedding": {"base_url": server.url, "model": "small"}}
        model = OpenAiEmbedder.chosen(ProviderSetup(Config.model_validate(section), {}))
        assert model
        async with recall.household(recall.Remembered(model)) as shelf:
            await shelf.add("The red kite hangs above the snow.", "Ours", None)
            await shelf.add("We went to the beach.", "Ours", None)
            await shelf.read()
            read = len(server.requests)
            assert await shelf.multiply() == 8
            assert await shelf.library.read_by_model() == (8, 8)
            for search in shelf.searches.values():
                assert len(await search.find("where is the red kite?", Toy("none", "Toy"))) == 4
        assert len(server.requests) == read + 1, "the question"
        await model.aclose()
