"""OBS Studio over obs-websocket 5 (rpc version 1; its protocol.md): captions into a text source, scenes, recording.

OBS says Hello, we Identify with its challenge, it says Identified. Requests carry an id of ours; what it refuses is
told by its code and comment. It is asked for events of scenes and outputs only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar, Final

from .base import Adapter, End, GarbageError, Step, Tell, line, read, write

RPC: Final = 1
SCENES, OUTPUTS = 1 << 2, 1 << 6
"""EventSubscription bits."""
_IDENTIFY, _REQUEST = 1, 6
_STATES: Final = {
    "OBS_WEBSOCKET_OUTPUT_STARTED": "OBS records",
    "OBS_WEBSOCKET_OUTPUT_STOPPED": "OBS has stopped recording",
    "OBS_WEBSOCKET_OUTPUT_PAUSED": "OBS has paused its recording",
    "OBS_WEBSOCKET_OUTPUT_RESUMED": "OBS records again",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What OBS is to do. captions : a text source; scene : shown once joined; cues : a cue with a scene's name
    shows that scene; record : records from joining to leaving."""

    captions: str | None = None
    scene: str | None = None
    cues: bool = False
    record: bool = False


def authentication(password: str, salt: str, challenge: str) -> str:
    """The answer to a challenge: base64(sha256(base64(sha256(password + salt)) + challenge))."""
    secret = base64.b64encode(hashlib.sha256((password + salt).encode()).digest()).decode()
    return base64.b64encode(hashlib.sha256((secret + challenge).encode()).digest()).decode()


class Obs(Adapter):
    """State of one session: the scenes there are, whether the recording is ours, what the text source shows."""

    NAME, JOINS = "obs", "OBS shows captions and scenes, and records"
    URL = "ws://127.0.0.1:4455"
    FOLLOWS = "obs-websocket 5.x, rpc version 1"
    SCOPES: ClassVar[tuple[str, ...]] = ()
    SUBPROTOCOL = "obswebsocket.json"
    CLOSED: ClassVar[Mapping[int, str]] = {
        4009: "OBS refuses the password: its own is under Tools, WebSocket Server Settings; give it in OBS_PASSWORD",
        4010: "OBS speaks another version of its protocol than 5 (rpc version 1)",
        4011: "OBS has ended the session",
    }

    def __init__(self, wishes: Wishes, password: str = "") -> None:
        super().__init__()
        self._wishes, self._password = wishes, password
        self._ids = count(1)
        self._scenes: frozenset[str] = frozenset()
        self._shown, self._recording = "", False

    def peer(self, message: str | bytes) -> list[Step]:
        said = read(message)
        body = said.get("d")
        if not isinstance(said.get("op"), int) or not isinstance(body, dict):
            raise GarbageError("it has no op and d")
        match said["op"]:
            case 0:
                return self._hello(body)
            case 2:
                return self._identified()
            case 5:
                data = body.get("eventData")
                return self._event(str(body.get("eventType")), data if isinstance(data, dict) else {})
            case 7:
                return self._response(body)
        return []

    def engine(self, type: str, data: Mapping[str, Any]) -> list[Step]:
        if not self.ready:
            return []
        match type:
            case "presence.caption":
                return self._caption(str(data.get("text", "")))
            case "presence.speech.finished" | "presence.speech.interrupted":
                return self._caption("")
            case "presence.cue.started" if self._wishes.cues and data.get("cue") in self._scenes:
                return [self._request("SetCurrentProgramScene", {"sceneName": data["cue"]})]
        return []

    def closed(self) -> list[Step]:
        """Leave no caption standing, and end the recording that was begun for the companion."""
        if not self.ready:
            return []
        steps = self._caption("")
        if self._recording:
            steps.append(self._request("StopRecord"))
        return steps

    def _hello(self, body: Mapping[str, Any]) -> list[Step]:
        version = body.get("rpcVersion")
        if not isinstance(version, int) or version < RPC:
            return [End(f"OBS speaks rpc version {line(version)}; this adapter knows {RPC}", final=True)]
        identify: dict[str, Any] = {"rpcVersion": RPC}
        asked = body.get("authentication")
        if isinstance(asked, dict):
            if not self._password:
                return [End("OBS asks for a password: give it in the environment variable OBS_PASSWORD", final=True)]
            salt, challenge = str(asked.get("salt", "")), str(asked.get("challenge", ""))
            identify["authentication"] = authentication(self._password, salt, challenge)
        identify["eventSubscriptions"] = SCENES | OUTPUTS
        return [write({"op": _IDENTIFY, "d": identify})]

    def _identified(self) -> list[Step]:
        self.ready = True
        steps: list[Step] = [self._request("GetSceneList")]
        if self._wishes.scene:
            steps.append(self._request("SetCurrentProgramScene", {"sceneName": self._wishes.scene}))
        if self._wishes.record:
            steps.append(self._request("StartRecord"))
        return steps

    def _event(self, kind: str, data: Mapping[str, Any]) -> list[Step]:
        match kind:
            case "CurrentProgramSceneChanged":
                return [Tell(f"OBS shows the scene '{line(data.get('sceneName'))}'")]
            case "RecordStateChanged":
                words = _STATES.get(str(data.get("outputState")))
                if data.get("outputState") == "OBS_WEBSOCKET_OUTPUT_STOPPED":
                    self._recording = False
                where = data.get("outputPath")
                return [Tell(f"{words}: {line(where)}" if isinstance(where, str) else words)] if words else []
            case "SceneListChanged":
                return [self._request("GetSceneList")]
        return []

    def _response(self, body: Mapping[str, Any]) -> list[Step]:
        kind, status, data = str(body.get("requestType")), body.get("requestStatus"), body.get("responseData")
        if not isinstance(status, dict):
            raise GarbageError("its response has no status")
        if status.get("result") is not True:
            comment = f" ({line(status['comment'])})" if status.get("comment") else ""
            return self.once(f"OBS refuses {line(kind)} with code {line(status.get('code'))}{comment}")
        if kind == "GetSceneList" and isinstance(data, dict) and isinstance(data.get("scenes"), list):
            self._scenes = frozenset(s["sceneName"] for s in data["scenes"] if isinstance(s, dict) and "sceneName" in s)
        if kind == "StartRecord":
            self._recording = True
        return []

    def _caption(self, text: str) -> list[Step]:
        if self._wishes.captions is None or text == self._shown:
            return []
        self._shown = text
        change = {"inputName": self._wishes.captions, "inputSettings": {"text": text}, "overlay": True}
        return [self._request("SetInputSettings", change)]

    def _request(self, kind: str, data: Mapping[str, Any] | None = None) -> Step:
        body: dict[str, Any] = {"requestType": kind, "requestId": str(next(self._ids))}
        return write({"op": _REQUEST, "d": body | ({"requestData": dict(data)} if data is not None else {})})
