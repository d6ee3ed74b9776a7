"""What every field of the contract means, with its unit, and one example of every type."""

from __future__ import annotations

from typing import Any, Final

FIELDS: Final = {
    "at": "seconds on the engine's clock (presence.welcome says what time it is) at which it takes effect",
    "utterance": "name of what is said",
    "text": "words; control tags in them are neither spoken nor shown",
    "expression": "a VRM preset or one of the companion's own",
    "intensity": "0 to 1",
    "fade": "seconds of blending",
    "seconds": "how long, seconds",
    "ceremony": "name of the ceremony",
    "cue": "name of the cue",
    "number": "the cue's place in the ceremony, from 1",
    "id": "the sender's id of the event that is answered",
    "out/at": "seconds on the engine's clock: when it happened",
    "out/seconds": "how long it lasts, or lasted, seconds",
    "out/text": "words, as they are shown",
    "in/presence.hello/client": "name of the client, for the person",
    "in/presence.hello/token": "as 'avatar token add' showed it, where the engine asks for one",
    "in/presence.hello/scopes": "what the client wants to be allowed, none = all its token grants",
    "in/presence.hello/visemes": "true = presence.viseme events are wanted",
    "in/presence.hello/stays": "true = what it sets stays when it leaves, as for a program that sends one event",
    "in/presence.say/utterance": "name of what is said, the event's id without it",
    "in/presence.say/voice": "a name of the welcome's voices",
    "in/presence.say/language": "BCP 47; a voice that fits",
    "in/presence.say/interrupt": "true = stop what is being said first; else wait its turn",
    "in/presence.say.delta/text": "the next words, as a model writes them; a control tag may be cut in two",
    "in/presence.say.delta/final": "true = no more words come",
    "in/presence.speech.audio/encoding": "16-bit little-endian PCM, or whole WAV files",
    "in/presence.speech.audio/rate": "samples a second",
    "in/presence.speech.audio/channels": "1 or 2",
    "in/presence.speech.audio/audio": "base64; absent on a WebSocket = the next binary frame is it",
    "in/presence.speech.audio/final": "true = no more sound comes",
    "in/presence.speech.timing/unit": "what each mark is",
    "in/presence.speech.timing/alphabet": "of phones and visemes",
    "in/presence.speech.timing/marks": "[start, end, value], seconds of the utterance, in order",
    "in/presence.interrupt/utterance": "what to stop, absent = everything that is said, waits or is scheduled",
    "in/presence.express/seconds": "how long it is shown, seconds; absent = until the next one",
    "in/presence.express/fade": "seconds of blending in and out, 0.25 without",
    "in/presence.gesture/name": "a name of the welcome's gestures",
    "in/presence.gesture/seconds": "how long in all, seconds, where that is longer than it naturally takes",
    "in/presence.gaze/target": "where to look",
    "in/presence.gaze/point": "(x, y, z) metres, stage frame: from the lens, x to the image's right, y up, -z ahead",
    "in/presence.weights/expressions": "expression -> 0 to 1; held 1 s after the client's last ones, then eased back",
    "in/presence.move/anchor": "a name of the welcome's anchors; a spot as 'spot X,Y' in parts of the picture",
    "in/presence.move/offset": "(x, y, z) metres to its left, up, ahead",
    "in/presence.move/turn": "radians about its height",
    "in/presence.move/scale": "times its size there",
    "in/presence.move/seconds": "how long the change takes, seconds",
    "in/presence.prop/name": "a name of the welcome's props",
    "in/presence.prop/action": "what to do with it",
    "in/presence.prop/to": "what it is attached to, as ring-finger:left, hand:right or tag:3",
    "in/presence.caption/text": "words to show, at most 1000 characters; empty = take the caption away",
    "in/presence.caption/speaker": "whose words they are",
    "in/presence.caption/seconds": "how long, seconds; absent = as long as it takes to read",
    "in/presence.companion/model": "the present companion's name",
    "in/presence.companion/persona": "the manner to take on, a name of the welcome's personas",
    "in/presence.panic/fade": "seconds in which the face comes back to neutral, 0.25 without",
    "in/presence.resume/fade": "seconds; nothing comes back by itself",
    "out/presence.welcome/session": "the session's name",
    "out/presence.welcome/scopes": "what the client may do",
    "out/presence.welcome/clock": "the engine's time now, seconds",
    "out/presence.welcome/capabilities": "the names this stage knows",
    "out/presence.error/id": "the sender's id of the event, null where it could not be read",
    "out/presence.error/code": "one of the error codes",
    "out/presence.error/pointer": "JSON pointer to the field at fault",
    "out/presence.error/message": "one line for a person",
    "out/presence.viseme/weights": "15 Oculus visemes (sil PP FF TH DD kk CH SS nn RR aa E ih oh ou), 0 to 1",
    "out/presence.notice/kind": "which notice it is",
    "out/presence.caption/speaker": "whose words they are, empty for nobody's",
    "out/presence.caption/utterance": "what is said, or the id of the presence.caption that is shown",
    "out/presence.camera/state": "of the camera",
    "out/presence.stage/fps": "pictures a second",
    "out/presence.stage/age_ms": "milliseconds from a frame's grab to the picture that shows it",
    "out/presence.stage/companions": "names of those who stand here",
    "out/presence.stage/tracking": "of the person; absent without a source",
    "out/presence.stage/eased": "what is done less because the machine is short of time",
    "out/presence.user.attention/companion": "whether they look towards the companion",
    "out/presence.user.gesture/name": "which gesture",
    "out/presence.user.gesture/state": "whether it began or ended",
    "out/presence.user.gesture/side": "the person's own hand, where one makes it",
    "out/presence.user.face/smile": "0 to 1, how far the corners of the mouth are drawn up",
}
"""Field -> its meaning; under ``DIRECTION/TYPE/FIELD`` or ``DIRECTION/FIELD`` where it has one of its own there."""

_AT: Final = {"at": 12.5}
_CUE: Final = {"ceremony": "vows", "cue": "rings"}
_HEARD: Final = {"utterance": "u1", "at": 12.5, "seconds": 1.8}
_CUE_NEWS: Final = {**_CUE, "number": 3, "at": 12.5}

INBOUND: Final[dict[str, dict[str, Any]]] = {
    "presence.hello": {"client": "my-bot", "scopes": ["speak", "pose"]},
    "presence.say": {"text": "Hello, I am glad you are here.", "utterance": "u1", "expression": "happy"},
    "presence.say.delta": {"utterance": "u2", "text": "Once upon a ", "final": False},
    "presence.speech.audio": {
        "utterance": "u3",
        "encoding": "pcm_s16le",
        "rate": 24000,
        "channels": 1,
        "audio": "AAAAAA==",
        "final": True,
    },
    "presence.speech.timing": {
        "utterance": "u3",
        "unit": "phone",
        "alphabet": "arpabet",
        "marks": [[0.0, 0.08, "HH"], [0.08, 0.21, "AH0"], [0.21, 0.3, "L"], [0.3, 0.55, "OW1"]],
    },
    "presence.interrupt": {"utterance": "u1"},
    "presence.express": {"expression": "happy", "intensity": 0.8, "seconds": 3, "fade": 0.3},
    "presence.gesture": {"name": "wave", **_AT},
    "presence.gaze": {"target": "point", "point": [0.2, 0.0, -1.5]},
    "presence.weights": {"expressions": {"happy": 0.4, "aa": 0.2}},
    "presence.move": {"anchor": "left-half", "seconds": 1.5},
    "presence.prop": {"name": "ring", "action": "attach", "to": "ring-finger:left"},
    "presence.caption": {"text": "Later that evening", "speaker": "Narrator", "seconds": 4},
    "presence.companion": {"model": "hikari", "persona": "calm"},
    "presence.cue.go": _CUE,
    "presence.cue.hold": _CUE,
    "presence.cue.back": _CUE,
    "presence.cue.goto": _CUE,
    "presence.panic": {"fade": 0.1},
    "presence.resume": {},
    "presence.crisis": {},
    "presence.goodbye": {},
}
"""Type -> an example of what a client sends."""

OUTBOUND: Final[dict[str, dict[str, Any]]] = {
    "presence.welcome": {
        "session": "5d0c1f2a9b3e",
        "scopes": ["pose", "speak"],
        "clock": 11.25,
        "capabilities": {"expressions": ["happy", "sad"], "gestures": ["nod", "wave"], "anchors": ["beside"]},
    },
    "presence.ack": {"id": "7f3c"},
    "presence.error": {
        "id": "7f3c",
        "code": "unknown_field",
        "pointer": "/data/txt",
        "message": "there is no field 'data.txt': did you mean 'text'?",
    },
    "presence.speech.started": _HEARD,
    "presence.speech.finished": _HEARD,
    "presence.speech.interrupted": _HEARD,
    "presence.viseme": {"at": 12.5, "weights": [0.1, *[0.0] * 9, 0.9, *[0.0] * 4]},
    "presence.notice": {"kind": "change", "text": "In a moment the companion changes its manner to 'calm'."},
    "presence.caption": {"text": "Hello, I am glad you are here.", "speaker": "Hikari", "utterance": "u1"},
    "presence.cue.standby": _CUE_NEWS,
    "presence.cue.started": _CUE_NEWS,
    "presence.cue.finished": _CUE_NEWS,
    "presence.cue.failed": _CUE_NEWS,
    "presence.camera": {"state": "live"},
    "presence.stage": {"fps": 30.0, "age_ms": 48.5, "companions": ["Hikari"], "tracking": "live", "eased": []},
    "presence.user.arrived": _AT,
    "presence.user.left": _AT,
    "presence.user.attention": {"at": 12.5, "companion": True},
    "presence.user.gesture": {"at": 12.5, "name": "wave", "state": "start", "side": "right"},
    "presence.user.face": {"at": 12.5, "smile": 0.7},
}
"""Type -> an example of what the engine sends."""

ERRORS: Final = {
    "invalid_json": "the text is not JSON, or not an event",
    "too_large": "more than 1 MiB",
    "too_deep": "more than 32 levels",
    "not_finite": "NaN, Infinity or a number beyond them",
    "unknown_type": "there is no such type",
    "unknown_field": "there is no such field in this type",
    "missing_field": "a field that is needed is not there",
    "bad_value": "a field's value is not of its kind or out of its range",
    "not_authorised": "no hello yet, or a token this engine does not know",
    "scope": "the client may not send this type",
    "rate_limited": "too much at once, or too many events wait for their time",
    "duplicate": "hello a second time",
    "unknown_utterance": "no such utterance is waiting or spoken",
    "unknown_name": "this stage has nothing of that name",
    "not_ready": "it cannot be done now: no ceremony is loaded, or everything has been stopped by a panic",
    "licence": "the companion's licence does not allow it",
    "internal": "the engine failed on this event",
}
"""Error code -> what it means."""


def meaning(direction: str, type: str, field: str) -> str:
    """What a field means. direction : ``in`` or ``out``; raises KeyError for one without words."""
    for key in (f"{direction}/{type}/{field}", f"{direction}/{field}"):
        if key in FIELDS:
            return FIELDS[key]
    return FIELDS[field]
