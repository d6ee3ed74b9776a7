"""What the programs send, as their documents have it."""

from __future__ import annotations

import base64

import numpy as np

# The example of obs-websocket's protocol.md, with its password.
HELLO = """{
  "op": 0,
  "d": {
    "obsWebSocketVersion": "5.0.0",
    "rpcVersion": 1,
    "authentication": {
      "challenge": "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=",
      "salt": "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI="
    }
  }
}"""
ANSWER = "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="
IDENTIFIED = '{"op": 2, "d": {"negotiatedRpcVersion": 1}}'
YES = '{"authenticated": true, "reason": "Token valid. The plugin is authenticated for the duration of this session."}'
SET_MODEL = (
    '{"type": "set-model-and-conf", "model_info": {"name": "mao_pro", "kScale": 0.5, "emotionMap": '
    '{"neutral": 0, "anger": 2, "disgust": 2, "fear": 1, "joy": 3, "smirk": 3, "sadness": 1, "surprise": 3}}, '
    '"conf_name": "mao_pro", "conf_uid": "mao_pro_001", "client_uid": "8f14e45f"}'
)


def tone(seconds: float = 0.5, rate: int = 16000) -> bytes:
    wave_ = (8000 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)).astype("<i2").tobytes()
    form = (16).to_bytes(4, "little") + b"\1\0\1\0" + rate.to_bytes(4, "little") + (2 * rate).to_bytes(4, "little")
    body = b"WAVEfmt " + form + b"\2\0\x10\0data" + len(wave_).to_bytes(4, "little") + wave_
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def sentence(text: str = "Hello there.", expressions: str = "[3]", sound: bytes | None = None) -> str:
    encoded = "null" if sound is None else f'"{base64.b64encode(sound).decode()}"'
    return (
        f'{{"type": "audio", "audio": {encoded}, "volumes": [0.0, 0.5, 1.0, 0.5], "slice_length": 20, '
        f'"display_text": {{"text": "{text}", "name": "Mao", "avatar": "mao.png"}}, '
        f'"actions": {{"expressions": {expressions}}}, "forwarded": false}}'
    )


def rtvi(kind: str, data: str = "") -> str:
    return f'{{"label": "rtvi-ai", "type": "{kind}", "id": "1"{f", {chr(34)}data{chr(34)}: {data}" if data else ""}}}'


def vts(kind: str, data: str) -> str:
    return (
        '{"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 1625405710728, '
        f'"requestID": "presence-1", "messageType": "{kind}", "data": {data}}}'
    )
