"""Every line that the built-in script can say. A place in braces is filled with the person's own words, or a name.

No line asks, claims a feeling, or holds anybody back; ``tests/chat`` reads each of them for that.
"""

from __future__ import annotations

from typing import Final

EN: Final[dict[str, tuple[str, ...]]] = {
    "greet": (
        "[happy] [animation:wave] Hello. I am {name}, a small script that answers here.",
        "[face:happy] [animation:nod] Hello there. {name} here, a script with a few answers.",
        "[joy] [animation:bow_small] Good day. I am {name}, and I answer from a short script.",
    ),
    "who": (
        "[relaxed] I am {name}, an AI companion run by a short script. I have no feelings and no memory of you.",
        "[neutral] [animation:hand_on_heart] I am an AI, not a person: a figure in your picture, and a script.",
    ),
    "feel": (
        "[relaxed] I am a script, so there is nothing that I feel. The words I say are written beforehand.",
        "[neutral] [animation:open_hands] No feelings here. I am an AI, and this face is drawn.",
    ),
    "can": (
        "[happy] I can greet, say back what you say, tell the time of day, wave, bow and nod. "
        "With a language model behind me there is more.",
        "[animation:open_hands] Type wave, bow, nod, smile or who are you, or a sentence about yourself. Bye ends it.",
    ),
    "thanks": ("[happy] [animation:nod] You are welcome.", "[relaxed] Gladly done."),
    "yes": ("[animation:nod] All right.", "[relaxed] Good, noted."),
    "no": ("[relaxed] As you like.", "[animation:nod] That is fine too."),
    "wave": ("[happy] [animation:wave] Here is a wave.",),
    "bow": ("[relaxed] [animation:bow] And a bow.",),
    "nod": ("[animation:nod] A nod it is.",),
    "smile": ("[happy] This is the face that is called happy.",),
    "privacy": (
        "[relaxed] This script runs on your machine. What you type here is kept in memory only, and gone at the end.",
    ),
    "sorry": ("[relaxed] [animation:nod] There is nothing to be sorry for.",),
    "reflect": (
        "[relaxed] [animation:listen] So you {you}. I can only say it back, but it has been said.",
        "[neutral] [animation:nod] You {you}. That stands there now, in your own words.",
        "[relaxed] I hear that you {you}.",
    ),
    "mine": (
        "[animation:nod] Your {mine}, then.",
        "[relaxed] [animation:listen] So much about your {mine}.",
    ),
    "question": (
        "[neutral] A script cannot answer that. A language model might: see avatar chat with a server.",
        "[animation:shake] That is beyond my few lines.",
    ),
    "else": (
        "[animation:listen] I see.",
        "[relaxed] [animation:nod] Understood, as far as a script can.",
        "[neutral] A script has few words for that.",
    ),
}
JA: Final[dict[str, tuple[str, ...]]] = {
    "greet": (
        "[happy] [animation:wave] こんにちは。{name}です。小さな台本で答えています。",
        "[face:happy] [animation:bow_small] こんにちは。台本で話す{name}です。",
    ),
    "who": ("[relaxed] 私は{name}、台本で動くAIのコンパニオンです。感情も、あなたの記憶もありません。",),
    "feel": ("[relaxed] 私は台本なので、感じることはありません。言葉は前もって書かれたものです。",),
    "can": ("[happy] 挨拶、繰り返し、手を振る、お辞儀、うなずきができます。さようならで終わります。",),
    "thanks": ("[happy] [animation:bow_small] どういたしまして。",),
    "yes": ("[animation:nod] わかりました。",),
    "no": ("[relaxed] それでもかまいません。",),
    "wave": ("[happy] [animation:wave] 手を振ります。",),
    "bow": ("[relaxed] [animation:bow] お辞儀をします。",),
    "nod": ("[animation:nod] うなずきます。",),
    "smile": ("[happy] これが笑顔の形です。",),
    "privacy": ("[relaxed] この台本はあなたの機械の中だけで動きます。終われば何も残りません。",),
    "sorry": ("[relaxed] [animation:nod] 謝ることはありません。",),
    "reflect": ("[relaxed] [animation:listen] 「{you}」ですね。", "[animation:nod] 「{you}」と聞きました。"),
    "mine": ("[animation:nod] 「{mine}」ですね。",),
    "question": ("[neutral] 台本では答えられません。言語モデルなら答えるかもしれません。",),
    "else": ("[animation:listen] そうですか。", "[relaxed] [animation:nod] わかりました。"),
}
LINES: Final = {"en": EN, "ja": JA}

WORDS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "en": (
        ("who", r"\b(who|what) are you\b|\byour name\b|are you (an? )?(ai|robot|human|person|real|bot|alive)\b"),
        ("feel", r"\b(do|can|are) you (really |ever )?(feel|love|like|hurt|suffer|sad|happy|lonely|conscious|miss)"),
        ("feel", r"\bhow (are|do) you( feel)?\b|\bi love you\b|\bmiss me\b"),
        ("privacy", r"\b(privacy|private|record(ed|ing)?|who (sees|hears)|where does (it|this) go)\b"),
        ("can", r"\bwhat can you\b|\bcan you help\b|^help\b"),
        ("wave", r"\bwave\b"),
        ("bow", r"\bbow\b"),
        ("nod", r"\bnod\b"),
        ("smile", r"\bsmile\b"),
        ("thanks", r"\bthank"),
        ("sorry", r"\bsorry\b"),
        ("greet", r"^(hello|hi|hey|good (morning|evening|afternoon|day))\b"),
        ("yes", r"^(yes|yeah|ok|okay|sure|right)\b"),
        ("no", r"^(no|nope|not really)\b"),
    ),
    "ja": (
        ("who", r"誰|だれ|何者|名前|(AI|ロボット|人間|人)です?か"),
        ("feel", r"感情|気持ち|好きです?か|元気|寂しい?です?か|愛して"),
        ("privacy", r"プライバシー|録画|録音|どこに送"),
        ("can", r"何ができ|できること|助けて"),
        ("wave", r"手を振"),
        ("bow", r"お辞儀|おじぎ"),
        ("nod", r"うなず"),
        ("smile", r"笑って|笑顔"),
        ("thanks", r"ありがと"),
        ("sorry", r"ごめん|すみません"),
        ("greet", r"^(こんにちは|こんばんは|おはよう|やあ|はじめまして)"),
        ("yes", r"^(はい|うん|ええ)"),
        ("no", r"^(いいえ|いや|ううん)"),
    ),
}
"""What a line is about, by its words; the first that fits counts."""

PERSONS: Final[dict[str, str]] = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you are",
    "i've": "you have",
    "i'll": "you will",
    "i'd": "you would",
    "we": "you",
    "us": "you",
    "our": "your",
}
"""How a person's words are said back in English."""
