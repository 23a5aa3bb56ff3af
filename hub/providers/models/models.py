"""Speech models: which there are, which are on this machine, and how to get and remove one.

`list_models`, `get_model` and `remove_model` are what the command line calls; providers find their
files through `whisper_folder`, `piper_voice`, `turn_model` and `voice_model`. Nothing else in the hub downloads.
What is fetched is held to its pin: see `hub.providers.models.pins`.
"""

import asyncio
import difflib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path

from hub.domain.clock import Clock, SystemClock
from hub.errors import DiskFullError, ModelError, NotFoundError
from hub.providers.models.pins import Pin, keep_pin, kept_pin, pin_of, sha256_of

DEFAULT_SERVER = "https://huggingface.co"
SPARE_BYTES = 64_000_000
"""Left free on the disk, for the database."""

VOICE_MODEL = "voxceleb_resnet34_LM"
"""The one by which voices are told apart."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class ModelKind(StrEnum):
    WHISPER = "whisper"
    """Recogniser: a folder for each."""
    PIPER = "piper"
    """Voice: an .onnx file, and its settings beside it."""
    TURN = "turn"
    """Hears whether a speaker has finished: an .onnx file."""
    SPEAKER = "speaker"
    """Makes numbers of a voice, by which one is told from another: an .onnx file."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalogue. `size_mb` is rough, for the list; the server says the true one."""

    name: str
    kind: ModelKind
    repo: str
    size_mb: int
    language: str
    note: str
    folder: str = ""
    """Folder inside the repository."""
    pin: Pin | None = None
    """None: it is in `UNPINNED`."""

    @property
    def files(self) -> tuple[str, ...]:
        """What is needed of the repository, the file that makes it usable first; `*` stands for anything."""
        match self.kind:
            case ModelKind.TURN | ModelKind.SPEAKER:
                return (f"{self.name}.onnx",)
            case ModelKind.PIPER:
                return f"{self.name}.onnx", f"{self.name}.onnx.json"
        config = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")
        return ("model.bin", *config)

    def place(self, data: Path) -> Path:
        """The folder that its files are in, or would be."""
        folder = data / "models" / self.kind
        return folder / self.name if self.kind is ModelKind.WHISPER else folder

    def path(self, data: Path) -> Path:
        """What a provider reads: a Whisper model's folder, or the one file."""
        place = self.place(data)
        return place if self.kind is ModelKind.WHISPER else place / self.files[0]

    def installed(self, data: Path) -> list[Path]:
        """Its files, the one that makes it usable first; [] where that is missing, as it comes last."""
        place = self.place(data)
        there = (place / self.files[0]).is_file()
        return [path for name in self.files for path in place.glob(name)] if there else []


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model, and whether it is on this machine."""

    model: Model
    installed: bool


def _whisper(name: str, size_mb: int, note: str, repo: str = "") -> Model:
    language = "en" if name.endswith(".en") or name.startswith("distil") else "many"
    return Model(
        name, ModelKind.WHISPER, repo or f"Systran/faster-whisper-{name}", size_mb, language, note
    )


def _piper(name: str, size_mb: int, note: str) -> Model:
    """`name` is language_REGION-speaker-quality, as rhasspy/piper-voices lays its folders out."""
    locale, speaker, quality = name.split("-")
    language = locale.partition("_")[0]
    folder = f"{language}/{locale}/{speaker}/{quality}"
    return Model(name, ModelKind.PIPER, "rhasspy/piper-voices", size_mb, language, note, folder)


CATALOGUE: tuple[Model, ...] = (
    _whisper("tiny.en", 76, "fastest; misses a lot of what children say"),
    _whisper("base.en", 146, "the default: good on a small computer"),
    _whisper("small.en", 484, "better with children; wants a fast computer"),
    _whisper("tiny", 76, "fastest"),
    _whisper("base", 146, "good on a small computer"),
    _whisper("small", 484, "better with children; wants a fast computer"),
    _whisper("medium", 1530, "wants a graphics card"),
    _whisper(
        "distil-small.en",
        333,
        "nearly as good as small.en, faster",
        "Systran/faster-distil-whisper-small.en",
    ),
    _whisper(
        "distil-large-v3",
        1510,
        "the best English; wants a graphics card",
        "Systran/faster-distil-whisper-large-v3",
    ),
    _whisper(
        "large-v3-turbo",
        1620,
        "the best; wants a graphics card",
        "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    ),
    _piper("en_US-amy-low", 63, "the default: a warm woman's voice, fast"),
    _piper("en_US-amy-medium", 63, "the same, clearer"),
    _piper("en_US-lessac-medium", 63, "a clear woman's voice"),
    _piper("en_US-ryan-medium", 63, "a friendly man's voice"),
    _piper("en_GB-jenny_dioco-medium", 63, "a lively British woman's voice"),
    _piper("en_GB-alba-medium", 63, "a gentle Scottish woman's voice"),
    _piper("de_DE-thorsten-medium", 63, "a man's voice"),
    _piper("es_ES-davefx-medium", 63, "a man's voice"),
    _piper("fr_FR-siwis-medium", 63, "a woman's voice"),
    _piper("it_IT-paola-medium", 63, "a woman's voice"),
    Model(
        "smart-turn-v3.0",
        ModelKind.TURN,
        "pipecat-ai/smart-turn-v3",
        9,
        "many",
        "hears whether a child has finished; for [turn] audio_model",
    ),
    Model(
        VOICE_MODEL,
        ModelKind.SPEAKER,
        "Wespeaker/wespeaker-voxceleb-resnet34-LM",
        27,
        "many",
        "tells voices apart; for a child's voice hint",
    ),
)


UNPINNED = frozenset(
    {
        VOICE_MODEL,
        *("tiny.en", "base.en", "small.en", "tiny", "base", "small", "medium"),
        *("distil-small.en", "distil-large-v3", "large-v3-turbo", "smart-turn-v3.0"),
        *("en_US-amy-low", "en_US-amy-medium", "en_US-lessac-medium", "en_US-ryan-medium"),
        *("en_GB-jenny_dioco-medium", "en_GB-alba-medium", "de_DE-thorsten-medium"),
        *("es_ES-davefx-medium", "fr_FR-siwis-medium", "it_IT-paola-medium"),
    }
)
"""Models of the catalogue whose revision and hashes nobody has looked up at their publishers yet: each is pinned on a
machine when it is first fetched there. Whoever looks one up gives it its `pin`, and takes it from here."""


def whisper_folder(data: Path, name: str) -> Path:
    """Where the Whisper model of that name is, or would be."""
    return data / "models" / "whisper" / name


def piper_voice(data: Path, name: str) -> Path:
    """Where the .onnx file of that Piper voice is, or would be; its .onnx.json lies beside it."""
    return data / "models" / "piper" / f"{name}.onnx"


def turn_model(data: Path, name: str) -> Path:
    """Where the .onnx file of that model for the end of a turn is, or would be."""
    return data / "models" / "turn" / f"{name}.onnx"


def voice_model(data: Path) -> Path:
    """Where the .onnx file by which voices are told apart is, or would be."""
    return data / "models" / "speaker" / f"{VOICE_MODEL}.onnx"


def list_models(data: Path) -> list[ModelStatus]:
    """The catalogue, in its order."""
    return [ModelStatus(model, bool(model.installed(data))) for model in CATALOGUE]


async def get_model(
    name: str,
    data: Path,
    progress: Progress,
    *,
    server: str = "",
    clock: Clock | None = None,
    sha256: str = "",
) -> Path:
    """Fetch a model, or go on where a broken download stopped; gives where it is.

    `server` speaks the Hugging Face Hub's API; default: the environment's HF_ENDPOINT, or the Hub.
    `sha256` is what somebody says that the model's main file has; a pin that was kept on this machine and says
    otherwise gives way to it. The model appears at its place only when every file of it matches its checksum,
    its pin and that.
    Raises NotFoundError, ModelError or DiskFullError; after any of them nothing that worked has changed.
    """
    from hub.providers.models import download

    model = find_model(name)
    if there := model.installed(data):
        if sha256 and (found_hash := await asyncio.to_thread(sha256_of, there[0])) != sha256:
            raise ModelError(
                f"the {name} that is here is another: the SHA-256 of {there[0].name} is {found_hash}; "
                f"take it away with `pommai-hub models remove {name}`, then get it again"
            )
        return model.path(data)
    pin = _pin(model, data, sha256)
    partial = _partial(model, data)
    address = server or os.environ.get("HF_ENDPOINT", "") or DEFAULT_SERVER
    try:
        partial.mkdir(parents=True, exist_ok=True)
        server_there = download.ModelServer(address, clock or SystemClock())
        commit, listed = await server_there.files(
            model.repo, model.folder, pin.revision if pin else "main"
        )
        wanted = [(file, Path(file.path).name) for file in listed]
        files = [file for file, name in wanted if any(fnmatch(name, it) for it in model.files)]
        if not files:
            raise ModelError(f"{model.repo} on {address} holds no {name}; nothing changed")
        total = sum(file.size for file in files)
        _check_space(name, total - sum(download.bytes_of(file, partial) for file in files), data)
        before = 0
        for file in files:
            report = _part_of(progress, before, total)
            await server_there.fetch(model.repo, commit, file, partial, report)
            before += file.size
        there = [partial / Path(file.path).name for file in files]
        found = await asyncio.to_thread(pin_of, commit, there)
        if wrong := _mismatch(model, pin, found, sha256):
            shutil.rmtree(partial)
            raise ModelError(f"{name} from {address} was thrown away, and nothing changed: {wrong}")
        if pin != found:
            keep_pin(data, name, found)
        _install(there, model, data)
        shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise download.disk_error(error, data) from error
    return model.path(data)


def remove_model(name: str, data: Path) -> int:
    """Delete a model from this machine; gives the bytes freed. NotFoundError when it isn't there."""
    model = find_model(name)
    files = model.installed(data)
    partial = _partial(model, data)
    if not files and not partial.exists():
        raise NotFoundError(f"{name} isn't on this machine; see: pommai-hub models list")
    freed = sum(file.stat().st_size for file in files)
    try:
        for file in files:
            file.unlink()
        if model.kind is ModelKind.WHISPER and files:
            shutil.rmtree(model.place(data))
        if partial.exists():
            shutil.rmtree(partial)
    except OSError as error:
        raise ModelError(f"{name}: can't remove {error.filename}: {error.strerror}") from error
    return freed


def find_model(name: str) -> Model:
    """Raises NotFoundError."""
    for model in CATALOGUE:
        if model.name == name:
            return model
    close = difflib.get_close_matches(name, [model.name for model in CATALOGUE], n=1)
    hint = f"did you mean {close[0]}?" if close else "see: pommai-hub models list"
    raise NotFoundError(f"there is no model {name!r}; {hint}")


def _pin(model: Model, data: Path, sha256: str) -> Pin | None:
    """What the model must be, as far as that is known. Raises ModelError."""
    if model.pin is not None:
        return model.pin
    kept = kept_pin(data, model.name)
    return None if kept and sha256 and kept.sha256.get(model.files[0]) != sha256 else kept


def _mismatch(model: Model, pin: Pin | None, found: Pin, sha256: str) -> str:
    """Why what came must not be used; "" where it may."""
    main = model.files[0]
    if sha256 and found.sha256.get(main) != sha256:
        return f"the SHA-256 of {main} is {found.sha256.get(main)}, and not the one that you gave"
    if pin and (differs := pin.mismatch(found)):
        return (
            f"{differs}; if its publisher has changed it, ask there for the SHA-256 of {main} and give it: "
            f"pommai-hub models get {model.name} --sha256 HASH"
        )
    return ""


def _partial(model: Model, data: Path) -> Path:
    return data / "models" / "partial" / model.name


def _install(files: list[Path], model: Model, data: Path) -> None:
    """Move verified files to their place, last the one that makes the model usable."""
    model.place(data).mkdir(parents=True, exist_ok=True)
    for file in sorted(files, key=lambda file: file.name == model.files[0]):
        file.replace(model.place(data) / file.name)


def _part_of(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Tells of one file's bytes as part of the whole model's."""
    return lambda done: progress(before + done, total)


def _check_space(name: str, missing_bytes: int, data: Path) -> None:
    free = shutil.disk_usage(data).free
    if free < missing_bytes + SPARE_BYTES:
        raise DiskFullError(
            f"{name} needs {missing_bytes / 1e6:.0f} MB more, but {data} has {free / 1e6:.0f} MB free "
            f"({SPARE_BYTES / 1e6:.0f} MB are kept for the database); free some space and try again"
        )
