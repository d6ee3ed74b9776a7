"""Sentences to be read aloud: drawn from pocketsphinx's own language model, so that sounds come as often as in English.

A word is drawn among candidates that come as often as the model's single words do, in the ratio of the trigram's
probability to the single word's: sampling by importance, which needs no list of who follows whom.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pocketsphinx
from pocketsphinx import LogMath, NGramModel

HOME = os.path.join(os.path.dirname(pocketsphinx.__file__), "model", "en-us")
NATS = 1e-4
CANDIDATES = 60


def dictionary() -> dict[str, tuple[str, ...]]:
    """Word -> its first pronunciation, ARPABET without stress, of the 126,000 in cmudict (BSD)."""
    found = {}
    with open(os.path.join(HOME, "cmudict-en-us.dict"), encoding="utf-8") as file:
        for line in file:
            word, *phones = line.split()
            if word.isalpha() and word.isascii():
                found[word] = tuple(phones)
    return found


def sentences(seed: int) -> Iterator[str]:
    """Without end: six to sixteen words each, with a comma now and then and one rarer word in eight."""
    random = np.random.default_rng(seed)
    model = NGramModel(None, LogMath(), os.path.join(HOME, "en-us.lm.bin"))
    words = [w for w in dictionary() if len(w) > 1 or w in "ai"]
    scores = np.array([model.prob([w]) for w in words], np.float64) * NATS
    likely = np.exp(scores)
    likely /= likely.sum()
    flat = np.sqrt(likely)
    flat /= flat.sum()
    while True:
        said = ["<s>"]
        for _ in range(random.integers(6, 17)):
            if random.random() < 0.12:
                said.append(words[random.choice(len(words), p=flat)])
                continue
            some = random.choice(len(words), CANDIDATES, p=likely)
            history = said[:-3:-1]
            gain = np.array([model.prob([words[k], *history]) * NATS - scores[k] for k in some])
            chance = np.exp(gain - gain.max())
            said.append(words[some[random.choice(CANDIDATES, p=chance / chance.sum())]])
        text = " ".join(said[1:])
        if random.random() < 0.4:
            cut = text.split(" ")
            cut[len(cut) // 2] += ","
            text = " ".join(cut)
        yield text[0].upper() + text[1:] + "."
