"""Makes a tiny Whisper model in CTranslate2's own format, for the real loader and decoder.

All attention and feed-forward weights are zero, so the answer depends on the position alone: each
position's embedding points at the token that comes next. It "hears" the same words whatever is said.
"""

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

WIDTH = 64
HEADS = 1
POSITIONS = 448
AUDIO_POSITIONS = 1500
MEL_BANDS = 80
SURE = 12.0
"""How far a position's embedding outweighs the previous token's."""
PROMPT = 2
"""Tokens before the first word of an English-only model: start of transcript, no timestamps."""

_SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    "<|0.00|>",
)


def make_tiny_whisper(folder: Path, words: str, *, silence: bool = False) -> None:
    """An English-only model that hears `words`; with `silence`, one that holds everything for silence."""
    folder.mkdir(parents=True)
    spoken = [f"\u0120{word}" for word in words.split()]  # byte-level BPE writes a space as Ġ
    vocabulary = [*pre_tokenizers.ByteLevel.alphabet(), *dict.fromkeys(spoken)]
    tokens = [*vocabulary, *_SPECIAL]
    ids = {token: index for index, token in enumerate(tokens)}
    _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))

    rng = np.random.default_rng(7)
    embeddings = rng.normal(size=(len(tokens), WIDTH)).astype(np.float32)
    embeddings -= embeddings.mean(axis=1, keepdims=True)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    positions = np.zeros((POSITIONS, WIDTH), np.float32)
    script = [*(ids[token] for token in spoken), ids["<|endoftext|>"]]
    doubt = embeddings[:4].sum(axis=0) if silence else 0
    for place, token in enumerate(script, start=PROMPT - 1):
        positions[place] = SURE * (embeddings[token] + doubt)
    if silence:
        positions[0] = SURE * embeddings[ids["<|nospeech|>"]]

    spec = WhisperSpec(1, HEADS, 1, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight = _zeros(WIDTH, MEL_BANDS, 3)
    encoder.conv1.bias = _zeros(WIDTH)
    encoder.conv2.weight = _zeros(WIDTH, WIDTH, 3)
    encoder.conv2.bias = _zeros(WIDTH)
    encoder.position_encodings.encodings = _zeros(AUDIO_POSITIONS, WIDTH)
    decoder.position_encodings.encodings = positions
    decoder.embeddings.weight = embeddings
    # Unlike in a real one, the output weights are a copy: scaled to make it sure, or unsure, of a match.
    decoder.projection.weight = (1 if silence else 3) * embeddings
    for part in (encoder, decoder):
        _identity(part.layer_norm)
        layer = part.layer[0]
        _silent(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        _silent(layer.self_attention.linear[1], WIDTH, WIDTH)
        _identity(layer.self_attention.layer_norm)
        _silent(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        _silent(layer.ffn.linear_1, WIDTH, 4 * WIDTH)
        _identity(layer.ffn.layer_norm)
    cross = decoder.layer[0].attention
    _silent(cross.linear[0], WIDTH, WIDTH)
    _silent(cross.linear[1], 2 * WIDTH, WIDTH)
    _silent(cross.linear[2], WIDTH, WIDTH)
    _identity(cross.layer_norm)

    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [ids["<|en|>"]]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MEL_BANDS}))


def _tokenizer(vocabulary: list[str]) -> Tokenizer:
    ids = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in _SPECIAL])
    return tokenizer


def _zeros(*shape: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.zeros(shape, np.float32)


def _silent(linear: LinearSpec, outputs: int, inputs: int) -> None:
    linear.weight = _zeros(outputs, inputs)
    linear.bias = _zeros(outputs)


def _identity(norm: LayerNormSpec) -> None:
    norm.gamma = np.ones(WIDTH, np.float32)
    norm.beta = _zeros(WIDTH)
