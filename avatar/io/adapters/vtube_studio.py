"""VTube Studio, public API 1.0 (github.com/DenchiSoft/VTubeStudio): a Live2D model that speaks and feels along.

Once, VTube Studio asks the person whether the companion may; the token it gives is kept for the next time. Values of
parameters are sent again at least twice a second, since they lapse after one; a parameter that another plugin owns is
left to it. A hotkey with the name of a gesture or of an expression is pressed with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar, Final

from ...events.tags import EMOTIONS, MOTIONS
from ...types import VISEMES
from .base import Adapter, End, GarbageError, Keep, Step, Tell, line, number, read, write

API: Final = {"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0"}
PLUGIN: Final = {"pluginName": "Presence companion", "pluginDeveloper": "Presence"}
AGAIN_S: Final = 0.45
FRAME_S: Final = 1 / 30
ASKING_S: Final = 300.0
OPEN: Final = dict(
    zip(VISEMES, (0, 0, 0.1, 0.25, 0.25, 0.25, 0.2, 0.15, 0.25, 0.3, 1, 0.6, 0.45, 0.75, 0.4), strict=True)
)
"""How far a viseme opens the mouth."""
VOICE: Final = {"aa": "VoiceA", "ih": "VoiceI", "ou": "VoiceU", "E": "VoiceE", "oh": "VoiceO", "sil": "VoiceSilence"}
FACES: Final = {
    "happy": {"MouthSmile": 1.0, "Brows": 0.65},
    "relaxed": {"MouthSmile": 0.75},
    "sad": {"MouthSmile": 0.1, "Brows": 0.3},
    "angry": {"MouthSmile": 0.2, "Brows": 0.1},
    "surprised": {"Brows": 1.0},
}
"""Expression -> its face at full intensity; 0.5 is the middle of both parameters."""
REST: Final = {"MouthOpen": 0.0, "MouthSmile": 0.5, "Brows": 0.5, **dict.fromkeys(VOICE.values(), 0.0)}
_DENIED, _NEEDS, _UNKNOWN, _OWNED = 50, 8, 453, 454


class VTubeStudio(Adapter):
    """State of one session. secret : the token of an earlier one; mode : ``set`` owns the parameters, ``add`` adds to
    what tracking says; hotkeys : whether any are pressed."""

    NAME, JOINS = "vtube-studio", "a model in VTube Studio speaks and feels along"
    URL = "ws://127.0.0.1:8001"
    FOLLOWS = "public API 1.0"
    SCOPES: ClassVar[tuple[str, ...]] = ()
    VISEMES = True

    def __init__(self, secret: str = "", mode: str = "set", hotkeys: bool = True) -> None:
        super().__init__()
        self._secret, self._mode, self._hotkeys = secret, mode, hotkeys
        self._ids = count(1)
        self._values = dict(REST)
        self._sent: dict[str, float] = {}
        self._sent_at = float("-inf")
        self._keys: list[tuple[str, str, str]] = []
        self._pressed: str | None = None
        self._shown = "neutral"
        self._lasts: float | None = None
        self._until = float("inf")

    def opened(self) -> list[Step]:
        return self._authenticate() if self._secret else self._ask()

    def peer(self, message: str | bytes) -> list[Step]:
        said = read(message)
        data = said.get("data")
        if said.get("apiName") != API["apiName"] or not isinstance(data, dict):
            raise GarbageError("it is no message of VTube Studio's API")
        if said.get("apiVersion") != API["apiVersion"]:
            words = f"VTube Studio speaks version {line(said.get('apiVersion'))} of its API; this adapter knows 1.0"
            return [End(words, final=True)]
        match said.get("messageType"):
            case "AuthenticationTokenResponse":
                self._secret = str(data.get("authenticationToken", ""))
                return [Keep(self._secret), *self._authenticate()]
            case "AuthenticationResponse":
                return self._authenticated(data)
            case "HotkeysInCurrentModelResponse":
                self._keys = _keys(data.get("availableHotkeys"))
            case "ModelLoadedEvent":
                self._pressed = None
                return [self._request("HotkeysInCurrentModelRequest")]
            case "APIError":
                return self._error(data)
        return []

    def engine(self, type: str, data: Mapping[str, Any]) -> list[Step]:
        match type:
            case "presence.viseme":
                self._mouth(data.get("weights"))
            case "presence.speech.finished" | "presence.speech.interrupted":
                self._mouth([1.0] + [0.0] * 14)
            case "presence.expression.shown":
                self._lasts, self._until = number(data.get("seconds")), float("inf")
                return self._express(str(data.get("expression")), number(data.get("intensity")) or 0.0)
            case "presence.gesture.started":
                return self._press(self._key(str(data.get("name")), MOTIONS))
        return []

    def tick(self, now: float) -> list[Step]:
        if self._lasts is not None:
            self._until, self._lasts = now + self._lasts, None
        if now >= self._until:
            self._until = float("inf")
            return self._express("neutral", 1.0)
        due = now - self._sent_at
        if not self.ready or not self._values or due < FRAME_S or (self._values == self._sent and due < AGAIN_S):
            return []
        self._sent_at, self._sent = now, dict(self._values)
        return [self._inject(self._values)]

    def closed(self) -> list[Step]:
        """Shut the mouth, and put away the expression that was switched on."""
        if not self.ready:
            return []
        rest = {name: REST[name] for name in self._values}
        return [*([self._inject(rest)] if rest else []), *self._press(self._pressed)]

    def _ask(self) -> list[Step]:
        self.patience = ASKING_S
        asks = Tell("VTube Studio asks whether the companion may join: please allow it there")
        return [asks, self._request("AuthenticationTokenRequest", PLUGIN)]

    def _authenticate(self) -> list[Step]:
        return [self._request("AuthenticationRequest", PLUGIN | {"authenticationToken": self._secret})]

    def _authenticated(self, data: Mapping[str, Any]) -> list[Step]:
        if data.get("authenticated") is True:
            self.ready = True
            subscribe = {"eventName": "ModelLoadedEvent", "subscribe": True, "config": {}}
            asks = [self._request("HotkeysInCurrentModelRequest"), self._request("EventSubscriptionRequest", subscribe)]
            return asks if self._hotkeys else []
        self._secret = ""
        return [Keep(""), *self._ask()]

    def _error(self, data: Mapping[str, Any]) -> list[Step]:
        code, words = data.get("errorID"), line(data.get("message"))
        told = f"VTube Studio reports error {line(code)}: {words}"
        if code == _DENIED:
            return [Keep(""), End("VTube Studio was told not to let the companion in", final=True)]
        if code == _NEEDS:
            return [End(told)]
        if code in (_UNKNOWN, _OWNED):
            # Nobody else's parameter is fought for: those it names, or all, are theirs from now on.
            named = {name for name in self._values if name.lower() in words.lower()} or set(self._values)
            self._values = {name: value for name, value in self._values.items() if name not in named}
            return self.once(f"{told} (left alone: {', '.join(sorted(named))})")
        return self.once(told)

    def _mouth(self, weights: object) -> None:
        if not isinstance(weights, Sequence) or len(weights) != len(VISEMES):
            return
        shape = {name: min(1.0, max(0.0, float(w))) for name, w in zip(VISEMES, weights, strict=True)}
        self._set("MouthOpen", min(1.0, sum(OPEN[name] * w for name, w in shape.items())))
        for name, parameter in VOICE.items():
            self._set(parameter, shape[name])

    def _express(self, name: str, intensity: float) -> list[Step]:
        face = FACES.get(name, {})
        for parameter in ("MouthSmile", "Brows"):
            self._set(parameter, 0.5 + (face.get(parameter, 0.5) - 0.5) * min(1.0, max(0.0, intensity)))
        shown = name if intensity > 0 else "neutral"
        if shown == self._shown:
            return []
        self._shown = shown
        found = next((k for k in self._keys if k[1] == self._pressed), None)
        # A hotkey that toggles an expression switches it off the second time.
        steps = self._press(found[1]) if found and found[2] == "ToggleExpression" else []
        self._pressed = None if shown == "neutral" else self._key(shown, EMOTIONS)
        return [*steps, *self._press(self._pressed)]

    def _set(self, parameter: str, value: float) -> None:
        if parameter in self._values:
            self._values[parameter] = round(value, 3)

    def _key(self, name: str, words: Mapping[str, str]) -> str | None:
        """The hotkey of that name, or of a word for it."""
        wanted = _folded(name)
        same = (key for label, key, _ in self._keys if _folded(label) == wanted)
        like = (key for label, key, _ in self._keys if words.get(_folded(label)) == name)
        return next(same, None) or next(like, None)

    def _press(self, key: str | None) -> list[Step]:
        return [self._request("HotkeyTriggerRequest", {"hotkeyID": key})] if key and self._hotkeys else []

    def _inject(self, values: Mapping[str, float]) -> Step:
        rest = REST if self._mode == "add" else dict.fromkeys(REST, 0.0)
        listed = [{"id": name, "value": round(value - rest[name], 3)} for name, value in values.items()]
        data = {"faceFound": False, "mode": self._mode, "parameterValues": listed}
        return self._request("InjectParameterDataRequest", data)

    def _request(self, kind: str, data: Mapping[str, Any] | None = None) -> Step:
        message = {**API, "requestID": f"presence-{next(self._ids)}", "messageType": kind}
        return write(message | ({"data": dict(data)} if data is not None else {}))


def announced(packet: bytes) -> int | None:
    """The port of its API, of a packet that VTube Studio broadcasts on UDP port 47779; None where it is off."""
    said = read(packet)
    data = said.get("data")
    if said.get("messageType") != "VTubeStudioAPIStateBroadcast" or not isinstance(data, dict):
        raise GarbageError("it is no broadcast of VTube Studio's")
    port = data.get("port")
    return port if data.get("active") is True and isinstance(port, int) and 0 < port < 65536 else None


def _keys(listed: object) -> list[tuple[str, str, str]]:
    """(name, id, type) of hotkeys."""
    rows: Collection[object] = listed if isinstance(listed, list) else ()
    return [
        (str(r.get("name", "")), str(r["hotkeyID"]), str(r.get("type")))
        for r in rows
        if isinstance(r, dict) and "hotkeyID" in r
    ]


def _folded(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
