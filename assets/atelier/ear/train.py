"""Teach the ear: ``python train.py MINUTES OUT.npz DATA.npz…`` (needs jax, see README.md; the package does not).

What is learnt from is spoilt on its way in, differently each time: another throat (bands moved along the frequency
axis), another microphone and line (curves, telephone), a room (a tail of power), noise, holes.
"""

from __future__ import annotations

import os
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np
from shape import DEEP, LATE_DEEP, LATE_NEAR, LAYERS, NEAR, pack

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from avatar.speech.ear import KIND, MOUTHS

BANDS, SOUNDS = 40, 40
BATCH, FRAMES, EDGE = 24, 360, 40
Weights = dict[str, jax.Array]
P_MIN, FALL, GATE, FAST, SLOW = -11.5, 0.01, 5.0, 1 / 150, 20.0
SPREAD, LEAST = 2.5, -8.0
KINDS = len(MOUTHS)


def fresh(seed: int) -> Weights:
    """Weights to begin with (He 2015); what ends a residual begins small."""
    random = np.random.default_rng(seed)
    made = {}
    for name, inputs, outputs in LAYERS:
        scale = np.sqrt(2 / inputs) * (0.5 if name[0] in "nd" else 1.0) * (0.3 if "out" in name else 1.0)
        made[name] = jnp.asarray(random.standard_normal((inputs, outputs)) * scale, jnp.float32)
        made[f"{name}.b"] = jnp.zeros(outputs, jnp.float32)
    return made


def back(x: jax.Array, frames: int) -> jax.Array:
    """What was ``frames`` ago; before the beginning, nothing."""
    return jnp.pad(x, ((0, 0), (frames, 0), (0, 0)))[:, : x.shape[1]] if frames else x


def net(w: Weights, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Logits (B, T, 40) of the near and of the deep head, each as late as ``shape`` says."""
    h = jax.nn.relu(jnp.concatenate([back(x, k) for k in (4, 3, 2, 1, 0)], -1) @ w["first"] + w["first.b"])
    near = None
    for blocks in (NEAR, DEEP):
        for name, gap, late in blocks:
            taps = jnp.concatenate([back(h, 2 * gap), back(h, gap), h], -1)
            h = back(h, late) + jax.nn.relu(taps @ w[name] + w[f"{name}.b"])
        if near is None:
            near = h @ w["out"] + w["out.b"]
    return near, h @ w["deepout"] + w["deepout.b"]


def heard(
    x: jax.Array, tail: jax.Array, room: jax.Array, level: jax.Array, mean: jax.Array, pace: jax.Array
) -> jax.Array:
    """A room, then what the running normaliser makes of it; (T, B, 40) in and out, all else as it is at the start."""

    def step(state: tuple, power: jax.Array) -> tuple:
        echo, level, mean, count = state
        bands = jnp.log(power + room * echo)
        echo = tail * (echo + power)
        loud = bands.mean(-1, keepdims=True)
        level = jnp.maximum(jnp.maximum(loud, level - FALL), P_MIN)
        apart = bands - level - mean
        count = count + (loud > level - GATE)
        mean = mean + (loud > level - GATE) * jnp.maximum(pace, jnp.minimum(1.0, pace * 1e6) / (count + SLOW)) * apart
        return (echo, level, mean, count), jnp.maximum(bands - level - mean, LEAST) / SPREAD

    zero = jnp.zeros_like(x[0])
    return jax.lax.scan(step, (zero, level, mean, zero[:, :1]), jnp.exp(x))[1]


@partial(jax.jit, donate_argnums=(0,))
def step(state: tuple, bands: jax.Array, sounds: jax.Array, spoilt: dict, rate: float, keys: jax.Array) -> tuple:
    """One step of Adam (Kingma & Ba 2015) with its mean over time kept."""
    w, m, v, kept, count = state
    x = jnp.einsum("btf,bfg->btg", bands.astype(jnp.float32), spoilt["throat"]) + spoilt["line"][:, None]
    flutter = spoilt["flutter"][:, None] * jax.random.normal(keys, x.shape) + spoilt["swell"][:, :, None]
    x = jnp.logaddexp(x, spoilt["noise"][:, None] + flutter)
    x = x + 0.08 * jax.random.normal(jax.random.fold_in(keys, 1), x.shape)
    own = x.mean(-1)
    level = jnp.maximum(jnp.quantile(own, 0.97, axis=1), P_MIN)[:, None]
    gate = (own > level - GATE)[..., None]
    mean = (gate * x).sum(1) / jnp.maximum(gate.sum(1), 1) - level
    known = spoilt["known"]
    level = jnp.where(known, level, spoilt["level"])
    mean = jnp.where(known, mean, spoilt["mean"])
    pace = jnp.where(known, 0.0, FAST)
    x = heard(x.swapaxes(0, 1), spoilt["tail"], spoilt["room"], level, mean, pace).swapaxes(0, 1)
    x = jnp.where(spoilt["holes"], 0.0, x)

    def loss(w: Weights) -> tuple[jax.Array, jax.Array]:
        total, right = 0.0, []
        for logits, late in zip(net(w, x), (LATE_NEAR, LATE_DEEP), strict=True):
            truth = sounds[:, EDGE:-late] if late else sounds[:, EDGE:]
            scores = jax.nn.log_softmax(logits[:, EDGE + late :])
            chosen = jnp.take_along_axis(scores, truth[..., None], -1)[..., 0]
            weight = spoilt["weight"][truth]
            total -= 0.6 * (weight * chosen).sum() / weight.sum()
            # A mouth mistaken costs more than a sound mistaken for another one with the same mouth.
            kinds = jnp.log(jnp.exp(scores) @ jax.nn.one_hot(KIND, KINDS) + 1e-7)
            chosen = jnp.take_along_axis(kinds, jnp.asarray(KIND)[truth][..., None], -1)[..., 0]
            weight = spoilt["kinds"][jnp.asarray(KIND)[truth]]
            total -= 0.8 * (weight * chosen).sum() / weight.sum()
            right.append((scores.argmax(-1) == truth).mean())
        return total, jnp.stack(right)

    (value, right), g = jax.value_and_grad(loss, has_aux=True)(w)
    norm = jnp.sqrt(sum((x**2).sum() for x in g.values()))
    g = jax.tree.map(lambda x: x * jnp.minimum(1.0, 1.0 / norm), g)
    count = count + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.98 * v + 0.02 * g * g, v, g)
    up = rate * jnp.sqrt(1 - 0.98**count) / (1 - 0.9**count)
    w = jax.tree.map(lambda w, m, v: w * (1 - rate * 0.01) - up * m / (jnp.sqrt(v) + 1e-8), w, m, v)
    kept = jax.tree.map(lambda k, w: 0.998 * k + 0.002 * w, kept, w)
    return (w, m, v, kept, count), value, right


class Spoiler:
    """Draws how a batch is to be spoilt."""

    def __init__(self, prior: np.ndarray, mean: np.ndarray, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._weight = (np.maximum(prior, 1e-4) ** -0.4).astype(np.float32)
        self._kinds = (np.bincount(KIND, prior, KINDS) ** -0.6).astype(np.float32)
        self._mean = mean
        edges = np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 7600 / 700), BANDS + 2)
        near = np.exp(-0.5 * ((np.arange(BANDS)[:, None] - np.arange(BANDS)) / 3.0) ** 2)
        self._smooth = near / near.sum(0)
        """A smooth spectrum has no resonances: what is added to it makes them sharper or duller."""
        self._hertz = 700 * (10 ** (edges[1:-1] / 2595) - 1)

    def __call__(self, loud: np.ndarray) -> dict[str, np.ndarray]:
        """loud : (B,) level of the speech, nats."""
        r, n = self._random, len(loud)
        at = np.linspace(0, 1, BANDS)
        throat = np.zeros((n, BANDS, BANDS), np.float32)
        for k in range(n):
            warp = r.uniform(0.82, 1.22)
            # Not all of a throat is longer or shorter by the same: its resonances move apart, too.
            low = self._hertz * warp * np.exp(np.interp(at, np.linspace(0, 1, 5), r.normal(0, 0.035, 5)))
            bend = np.where(low > 6000 * min(warp, 1), np.minimum(low, 6000 + (self._hertz - 6000) * 0.6), low)
            place = np.clip(np.interp(bend, self._hertz, np.arange(BANDS)), 0, BANDS - 1.001)
            left = place.astype(int)
            throat[k, left, np.arange(BANDS)] = 1 - (place - left)
            throat[k, left + 1, np.arange(BANDS)] += place - left
            sharp = r.uniform(0.75, 1.35)
            throat[k] = throat[k] @ (self._smooth + sharp * (np.eye(BANDS) - self._smooth))
        waves = sum(
            r.normal(0, 0.55, (n, 1)) * np.cos(np.pi * (c * at + r.uniform(0, 2, (n, 1)))) for c in (0.5, 1.5, 2.7, 4.1)
        )
        line = r.normal(0, 0.9, (n, 1)) * (at - 0.5) * 2 + waves
        narrow = r.random(n) < 0.15
        low, high = r.uniform(150, 400, n), r.uniform(3000, 5500, n)
        cut = (self._hertz < low[:, None]) | (self._hertz > high[:, None])
        line = np.where(narrow[:, None] & cut, line - r.uniform(3, 10, (n, 1)), line)
        clean = r.uniform(4, 14, (n, 1))
        shape = r.normal(-1.0, 1.2, (n, 1)) * (at - 0.3) * 2 + 0.5 * r.standard_normal((n, 1)) * np.cos(3 * np.pi * at)
        noise = loud[:, None] - np.where(r.random((n, 1)) < 0.2, clean * 0.5, clean) + shape
        quiet = r.random(n) < 0.05
        noise = np.where(quiet[:, None], noise + 25, noise)
        swell = np.cumsum(r.standard_normal((n, FRAMES)), 1)
        swell -= swell.mean(1, keepdims=True)
        swell *= r.uniform(0, 0.12, (n, 1)) * (r.random((n, 1)) < 0.4)
        sixty = r.uniform(0.12, 0.7, n)
        tail = np.exp(-13.8 * 0.01 / sixty)
        direct = 10 ** (-r.uniform(0, 16, n) / 10)
        room = direct * (1 - tail) / tail * (r.random(n) < 0.4)
        holes = np.zeros((n, FRAMES, BANDS), bool)
        for k in range(n):
            for _ in range(r.integers(0, 2)):
                width, start = r.integers(1, 5), r.integers(0, BANDS)
                holes[k, :, start : start + width] = True
            for _ in range(r.integers(0, 3)):
                width, start = r.integers(1, 4), r.integers(0, FRAMES)
                holes[k, start : start + width] = True
        known = r.random((n, 1)) < 0.5
        found = {
            "throat": throat,
            "line": line,
            "noise": noise,
            "swell": swell,
            "flutter": np.linspace(0.7, 0.3, BANDS) * r.uniform(0.5, 1.2, (n, 1)),
            "tail": tail[:, None],
            "room": room[:, None],
            "known": known,
            "level": loud[:, None] + r.normal(-1.5, 3, (n, 1)),
            "mean": self._mean + np.where(r.random((n, 1)) < 0.5, 0.0, line - line.mean(1, keepdims=True)),
            "weight": self._weight,
            "kinds": self._kinds,
        }
        return {k: np.asarray(v, np.float32) for k, v in found.items() if k != "known"} | {
            "known": known,
            "holes": holes,
            "quiet": quiet,
        }


def load(paths: list[str]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Bands and sounds, one long row for each file that there is."""
    bands, sounds = [], []
    for path in paths:
        try:
            with np.load(path) as data:
                bands.append(data["bands"])
                sounds.append(data["phones"])
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            print(path, "is not there yet", flush=True)
    print(f"{sum(map(len, sounds)) / 360000:.2f} hours", [round(len(s) / 6000) for s in sounds], flush=True)
    return bands, sounds


def statistics(bands: list[np.ndarray], sounds: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How frequent each sound is (40,), and the mean of what is loud, below its level (40,)."""
    prior = sum(np.bincount(s, minlength=SOUNDS) for s in sounds).astype(np.float64)
    means = []
    for b in bands:
        part = b[:60000].astype(np.float32)
        loud = part.mean(1)
        top = np.array([np.quantile(loud[k : k + 400], 0.97) for k in range(0, len(part) - 400, 400)])
        level = np.repeat(top, 400)
        apart = part[: len(level)] - level[:, None]
        means.append(apart[apart.mean(1) > -GATE].mean(0))
    return prior / prior.sum(), np.mean(means, 0).astype(np.float32)


def piece(bands: np.ndarray, sounds: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A stretch of speech (FRAMES, 40) and its sounds (FRAMES,), half of the time hurried here and drawled there."""
    longest = FRAMES * 3 // 2
    at = random.integers(0, len(sounds) - longest)
    if random.random() < 0.5:
        return bands[at : at + FRAMES], sounds[at : at + FRAMES]
    pace = random.uniform(0.8, 1.25) * np.exp(np.interp(np.arange(FRAMES), *knots(random)))
    place = np.minimum(np.cumsum(pace), longest - 2)
    left = place.astype(int)
    part = bands[at : at + longest].astype(np.float32)
    share = (place - left)[:, None].astype(np.float32)
    return (1 - share) * part[left] + share * part[left + 1], sounds[at + np.rint(place).astype(int)]


def knots(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Instants a quarter of a second apart and the logarithm of the pace there."""
    at = np.arange(0, FRAMES + 25, 25)
    return at, random.normal(0, 0.15, len(at))


def following(sounds: list[np.ndarray]) -> np.ndarray:
    """(40, 40): how often the sound of a row goes over into that of a column."""
    found = np.full((SOUNDS, SOUNDS), 0.3)
    for row in sounds:
        edges = np.flatnonzero(np.diff(row.astype(int)))
        np.add.at(found, (row[edges], row[edges + 1]), 1)
    return found / found.sum(1, keepdims=True)


def main() -> None:
    """Teach, saying each half minute how it goes, and keep what was learnt at the end."""
    minutes, out, paths = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    start = [p for p in paths if p.endswith("start.npz")]
    paths = [p for p in paths if p not in start]
    bands, sounds = load(paths)
    prior, mean = statistics(bands, sounds)
    random, spoil = np.random.default_rng(5), Spoiler(prior, mean, 6)
    w = fresh(7)
    if start:
        with np.load(start[0]) as data:
            w = {k: jnp.asarray(data[k]) for k in w}
    zeros = jax.tree.map(jnp.zeros_like, w)
    state = (w, zeros, jax.tree.map(jnp.zeros_like, w), jax.tree.map(jnp.array, w), 0)
    began, told, k, rows, saved = time.monotonic(), 0.0, 0, [], 0.0
    while (spent := time.monotonic() - began) < 60 * minutes:
        if spent - saved > 120:
            saved = spent
            save(out, state[3], prior, mean, following(sounds))
            bands, sounds = load(paths)
        share = np.array([np.sqrt(len(s)) for s in sounds])
        batch, truth = [], []
        for which in random.choice(len(bands), BATCH, p=share / share.sum()):
            heard_now, said_now = piece(bands[which], sounds[which], random)
            batch.append(heard_now)
            truth.append(said_now)
        bands_now, truth_now = np.stack(batch), np.stack(truth).astype(np.int32)
        how = spoil(np.quantile(bands_now.astype(np.float32).mean(2), 0.95, axis=1))
        truth_now[how.pop("quiet")] = 0
        part = spent / (60 * minutes)
        rate = 2.0e-3 * min(1.0, (k + 1) / 200) * (0.5 + 0.5 * np.cos(np.pi * part)) + 1e-5
        if start:
            rate *= 0.6
        state, value, right = step(state, bands_now, truth_now, how, rate, jax.random.key(k))
        k += 1
        rows.append((float(value), *map(float, right)))
        if spent - told > 30:
            told = spent
            print(
                f"{spent:5.0f} s  step {k}  loss {np.mean(rows, 0)[0]:.3f}  right {np.mean(rows, 0)[1:].round(3)}",
                flush=True,
            )
            rows = []
    save(out, state[3], prior, mean, following(sounds))


def save(out: Path, weights: Weights, prior: np.ndarray, mean: np.ndarray, follow: np.ndarray) -> None:
    """As the package takes them, and as ``main`` goes on from."""
    kept = {name: np.asarray(value) for name, value in weights.items()}
    np.savez(out.with_suffix(".start.npz"), **kept)
    pack(out, kept, prior, mean, follow)


if __name__ == "__main__":
    main()
