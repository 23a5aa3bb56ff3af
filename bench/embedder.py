"""A small embedding model behind a server with OpenAI's embeddings API, as a home may have a better one.

    async with running() as url: ...    with the model named MODEL, in a process of its own

Nothing in it was learned from the questions or the books; which of its parts count how much was chosen by the half of
the questions that isn't held out. A text becomes four rows of equal weight: what the fourth and the sixth layer of the
guard's encoder make of it (all-MiniLM-L6-v2, whose upper layers learned from the guard's lines), less what they make
of any sentence; its stems, hashed; and the pieces of its words, hashed. Common words count little.
"""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from aiohttp import web
from numpy.typing import NDArray

from hub.knowledge.documents.words import WITHOUT, indexed
from hub.knowledge.memories.wording import plain, stem
from hub.safety.classifier.encoder import DATA_FILE, encoder
from hub.safety.classifier.words import hash_of, word_vectors
from hub.safety.data_files import FOLDER

MODEL: Final = "bench"
LAYERS: Final = (4, 6)
HASHED: Final = 512
PIECES: Final = (3, 4, 5)
"""Letters of a piece of a word."""
ANY: Final = Path(__file__).parent / "turns" / "sentences.txt"

Numbers = NDArray[np.float32]


class SmallEmbedder:
    def __init__(self) -> None:
        model = onnx.load_model_from_string((FOLDER / DATA_FILE).read_bytes())
        norms = [
            each.output[0] for each in model.graph.node if each.op_type == "LayerNormalization"
        ]
        self._layers = [norms[2 * layer] for layer in LAYERS]
        for name in self._layers:
            layer = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            model.graph.output.append(layer)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        lines = [line for line in ANY.read_text("utf-8").splitlines() if line[:1] not in ("", "#")]
        self._any = np.mean([self._encoded(line) for line in lines], axis=0)

    def vector(self, text: str) -> Numbers:
        """Of 2 * 384 + 2 * 512 numbers."""
        rows = [*(self._encoded(text) - self._any), _hashed(_stems(text)), _hashed(_pieces(text))]
        return np.concatenate([row / (float(np.linalg.norm(row)) or 1.0) for row in rows])

    def _encoded(self, text: str) -> Numbers:
        """For each of LAYERS, the mean over the text's tokens."""
        fed = {"ids": np.array([encoder().tokens(text)], np.int64), "side": np.zeros(1, np.int64)}
        return np.array([layer[0].mean(axis=0) for layer in self._session.run(self._layers, fed)])


def _stems(text: str) -> Iterator[tuple[str, float]]:
    for word in _meant(text):
        weight = _weight(word)
        yield from ((each, weight) for each in indexed(word, "en"))


def _pieces(text: str) -> Iterator[tuple[str, float]]:
    for word in _meant(text):
        whole = f"<{word}>"
        weight = _weight(word) / len(whole) ** 0.5
        for length in PIECES:
            for start in range(len(whole) - length + 1):
                yield whole[start : start + length], weight


def _meant(text: str) -> Iterator[str]:
    return (word for word in plain(text) if word not in WITHOUT)


def _weight(word: str) -> float:
    """As the guard's word vectors have it; a word that they don't know is rare."""
    known = word_vectors()
    for form in (word, stem("english", word)):
        wanted = np.uint32(hash_of(form))
        place = int(np.searchsorted(known.hashes, wanted))
        if place < len(known.hashes) and known.hashes[place] == wanted:
            return float(known.shares[place])
    return 1.0


def _hashed(features: Iterable[tuple[str, float]]) -> Numbers:
    row = np.zeros(HASHED, np.float32)
    for feature, weight in features:
        number = zlib.crc32(feature.encode())
        row[number % HASHED] += weight if number >> 31 else -weight
    return row


async def _serve() -> None:
    """On a free port, whose address is the first line of output; until the input ends."""
    embedder = SmallEmbedder()
    known: dict[str, list[float]] = {}

    async def embeddings(request: web.Request) -> web.Response:
        texts = (await request.json())["input"]
        known.update({text: embedder.vector(text).tolist() for text in texts if text not in known})
        data = [
            {"object": "embedding", "index": number, "embedding": known[text]}
            for number, text in enumerate(texts)
        ]
        return web.json_response({"object": "list", "data": data, "model": MODEL})

    app = web.Application()
    app.router.add_post("/v1/embeddings", embeddings)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    """The server's address."""
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.embedder", stdin=pipe, stdout=pipe
    )
    assert server.stdin
    assert server.stdout
    try:
        yield (await server.stdout.readline()).decode().strip()
    finally:
        server.stdin.close()
        await server.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
