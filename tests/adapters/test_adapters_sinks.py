"""OBS and VTube Studio: their documented messages, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from adapter_fakes import ANSWER, HELLO, IDENTIFIED, YES, vts

from avatar.io.adapters.base import End, GarbageError, Keep, Step, Tell, ToPeer
from avatar.io.adapters.obs import Obs, Wishes, authentication
from avatar.io.adapters.vtube_studio import VTubeStudio, announced
from avatar.types import VISEMES


def sent(steps: list[Step]) -> list[str]:
    return [str(s.message) for s in steps if isinstance(s, ToPeer)]


def messages(steps: list[Step]) -> list[dict[str, Any]]:
    return [json.loads(text) for text in sent(steps)]


def obs(wishes: Wishes = Wishes()) -> Obs:  # noqa: B008 - frozen
    made = Obs(wishes, "supersecretpassword")
    made.peer(HELLO)
    made.peer(IDENTIFIED)
    return made


def test_obs_is_answered_its_challenge() -> None:
    made = Obs(Wishes(), "supersecretpassword")
    assert sent(made.peer(HELLO)) == [
        f'{{"op":1,"d":{{"rpcVersion":1,"authentication":"{ANSWER}","eventSubscriptions":68}}}}'
    ]
    assert not made.ready
    assert sent(made.peer(IDENTIFIED)) == ['{"op":6,"d":{"requestType":"GetSceneList","requestId":"1"}}']
    assert made.ready


def test_the_challenges_formula() -> None:
    salt, challenge = "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=", "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="
    assert authentication("supersecretpassword", salt, challenge) == ANSWER


def test_obs_without_a_password_is_not_answered_one() -> None:
    open_ = '{"op": 0, "d": {"obsWebSocketVersion": "5.5.2", "rpcVersion": 1}}'
    assert sent(Obs(Wishes()).peer(open_)) == ['{"op":1,"d":{"rpcVersion":1,"eventSubscriptions":68}}']
    (end,) = Obs(Wishes()).peer(HELLO)
    assert isinstance(end, End)
    assert end.final
    assert "OBS_PASSWORD" in end.reason
    (old,) = Obs(Wishes()).peer('{"op": 0, "d": {"obsWebSocketVersion": "4.9", "rpcVersion": 0}}')
    assert old == End("OBS speaks rpc version 0; this adapter knows 1", final=True)


def test_obs_shows_captions_until_the_speech_is_over() -> None:
    made = obs(Wishes(captions="Captions"))
    caption = {"text": "I am here.", "speaker": "Hikari", "utterance": "u"}
    assert sent(made.engine("presence.caption", caption)) == [
        '{"op":6,"d":{"requestType":"SetInputSettings","requestId":"2","requestData":'
        '{"inputName":"Captions","inputSettings":{"text":"I am here."},"overlay":true}}}'
    ]
    assert made.engine("presence.caption", caption) == []
    ended = {"utterance": "u", "at": 1.0, "seconds": 1.0}
    assert messages(made.engine("presence.speech.finished", ended))[0]["d"]["requestData"]["inputSettings"] == {
        "text": ""
    }
    assert obs().engine("presence.caption", caption) == []


def test_obs_shows_scenes_and_records_and_stops_what_it_began() -> None:
    made = Obs(Wishes(scene="Ceremony", cues=True, record=True))
    made.peer('{"op": 0, "d": {"obsWebSocketVersion": "5.0.0", "rpcVersion": 1}}')
    assert sent(made.peer(IDENTIFIED)) == [
        '{"op":6,"d":{"requestType":"GetSceneList","requestId":"1"}}',
        '{"op":6,"d":{"requestType":"SetCurrentProgramScene","requestId":"2","requestData":{"sceneName":"Ceremony"}}}',
        '{"op":6,"d":{"requestType":"StartRecord","requestId":"3"}}',
    ]
    ok = '"requestStatus": {"result": true, "code": 100}'
    scenes = '"responseData": {"currentProgramSceneName": "A", "scenes": [{"sceneIndex": 0, "sceneName": "Vows"}]}'
    made.peer(f'{{"op": 7, "d": {{"requestType": "GetSceneList", "requestId": "1", {ok}, {scenes}}}}}')
    cue = {"ceremony": "wedding", "cue": "Vows", "number": 2, "at": 1.0}
    assert messages(made.engine("presence.cue.started", cue))[0]["d"]["requestData"] == {"sceneName": "Vows"}
    assert made.engine("presence.cue.started", {**cue, "cue": "Rings"}) == []
    assert made.closed() == [], "nothing was recorded yet"
    made.peer(f'{{"op": 7, "d": {{"requestType": "StartRecord", "requestId": "3", {ok}}}}}')
    assert [m["d"]["requestType"] for m in messages(made.closed())] == ["StopRecord"]


def test_obs_tells_of_its_scene_its_recording_and_what_it_refuses_once() -> None:
    made = obs()
    scene = '{"op": 5, "d": {"eventType": "CurrentProgramSceneChanged", "eventIntent": 4, "eventData": '
    assert made.peer(scene + '{"sceneName": "Vows"}}}') == [Tell("OBS shows the scene 'Vows'")]
    state = '{"op": 5, "d": {"eventType": "RecordStateChanged", "eventIntent": 64, "eventData": '
    stopped = '{"outputActive": false, "outputState": "OBS_WEBSOCKET_OUTPUT_STOPPED", "outputPath": "/tmp/a.mkv"}}}'
    assert made.peer(state + stopped) == [Tell("OBS has stopped recording: /tmp/a.mkv")]
    refusal = (
        '{"op": 7, "d": {"requestType": "SetCurrentProgramScene", "requestId": "2", '
        '"requestStatus": {"result": false, "code": 600, "comment": "No source was found"}}}'
    )
    assert made.peer(refusal) == [Tell("OBS refuses SetCurrentProgramScene with code 600 (No source was found)")]
    assert made.peer(refusal) == []


HOTKEYS = (
    '{"modelLoaded": true, "modelName": "M", "modelID": "U", "availableHotkeys": ['
    '{"name": "Joy", "type": "ToggleExpression", "description": "", "file": "a.exp3.json", "hotkeyID": "k1", '
    '"keyCombination": [], "onScreenButtonID": 8},'
    '{"name": "Wave", "type": "TriggerAnimation", "description": "", "file": "b.motion3.json", "hotkeyID": "k2", '
    '"keyCombination": [], "onScreenButtonID": -1}]}'
)


def let_in(mode: str = "set") -> VTubeStudio:
    made = VTubeStudio("adcd-123", mode)
    made.opened()
    made.peer(vts("AuthenticationResponse", YES))
    made.peer(vts("HotkeysInCurrentModelResponse", HOTKEYS))
    return made


def values(steps: list[Step]) -> dict[str, float]:
    (message,) = messages(steps)
    assert message["messageType"] == "InjectParameterDataRequest"
    return {row["id"]: row["value"] for row in message["data"]["parameterValues"]}


def mouth(**weights: float) -> dict[str, Any]:
    return {"at": 1.0, "weights": [weights.get(name, 0.0) for name in VISEMES]}


def test_vtube_studio_asks_the_person_once_and_keeps_the_token() -> None:
    made = VTubeStudio()
    first = made.opened()
    assert sent(first) == [
        '{"apiName":"VTubeStudioPublicAPI","apiVersion":"1.0","requestID":"presence-1",'
        '"messageType":"AuthenticationTokenRequest",'
        '"data":{"pluginName":"Presence companion","pluginDeveloper":"Presence"}}'
    ]
    assert isinstance(first[0], Tell)
    assert made.patience >= 60, "a person has to find the window first"
    steps = made.peer(vts("AuthenticationTokenResponse", '{"authenticationToken": "adcd-123"}'))
    assert steps[0] == Keep("adcd-123")
    assert messages(steps)[0]["data"]["authenticationToken"] == "adcd-123"
    made.peer(vts("AuthenticationResponse", YES))
    assert made.ready
    assert sent(VTubeStudio("adcd-123").opened()) == [
        '{"apiName":"VTubeStudioPublicAPI","apiVersion":"1.0","requestID":"presence-1",'
        '"messageType":"AuthenticationRequest","data":{"pluginName":"Presence companion",'
        '"pluginDeveloper":"Presence","authenticationToken":"adcd-123"}}'
    ]


def test_a_token_that_was_withdrawn_is_asked_for_again_and_a_no_is_final() -> None:
    made = VTubeStudio("old")
    made.opened()
    steps = made.peer(vts("AuthenticationResponse", '{"authenticated": false, "reason": "Token invalid."}'))
    assert steps[0] == Keep("")
    assert messages(steps)[0]["messageType"] == "AuthenticationTokenRequest"
    steps = made.peer(vts("APIError", '{"errorID": 50, "message": "User has denied API access for your plugin."}'))
    assert steps[-1] == End("VTube Studio was told not to let the companion in", final=True)


def test_the_mouth_is_sent_at_most_thirty_times_and_at_least_twice_a_second() -> None:
    made = let_in()
    first = values(made.tick(0.0))
    assert first["MouthOpen"] == 0.0
    assert first["MouthSmile"] == 0.5
    assert made.tick(0.3) == []
    assert made.tick(0.5) != [], "values lapse after a second"
    made.engine("presence.viseme", mouth(aa=1.0))
    assert made.tick(0.51) == [], "not before the next frame"
    assert values(made.tick(0.54))["MouthOpen"] == 1.0
    made.engine("presence.viseme", mouth(PP=1.0))
    assert values(made.tick(0.6))["MouthOpen"] == 0.0, "lips are closed on p, b and m"
    made.engine("presence.viseme", mouth(aa=0.4, oh=0.4))
    shape = values(made.tick(0.7))
    assert (shape["VoiceA"], shape["VoiceO"], shape["VoiceI"]) == (0.4, 0.4, 0.0)
    made.engine("presence.speech.interrupted", {"utterance": "u"})
    assert values(made.tick(0.8))["MouthOpen"] == 0.0


def test_times_between_two_values_are_never_longer_than_a_second() -> None:
    made, last, longest = let_in(), 0.0, 0.0
    for k in range(500):
        if made.tick(k * 0.02):
            longest, last = max(longest, k * 0.02 - last), k * 0.02
    assert 0.4 < longest < 1.0


def test_an_expression_is_a_face_and_the_hotkey_of_its_name() -> None:
    made = let_in()
    happy = {"at": 1.0, "expression": "happy", "intensity": 1.0}
    (press,) = messages(made.engine("presence.expression.shown", happy))
    assert (press["messageType"], press["data"]) == ("HotkeyTriggerRequest", {"hotkeyID": "k1"})
    assert made.engine("presence.expression.shown", happy) == [], "a second press would switch it off"
    assert values(made.tick(0.0))["MouthSmile"] == 1.0
    (press,) = messages(made.engine("presence.expression.shown", {**happy, "expression": "neutral"}))
    assert press["data"] == {"hotkeyID": "k1"}, "the same key switches it off"
    assert values(made.tick(0.1))["MouthSmile"] == 0.5
    (press,) = messages(made.engine("presence.gesture.started", {"at": 1.0, "name": "wave"}))
    assert press["data"] == {"hotkeyID": "k2"}
    assert made.engine("presence.gesture.started", {"at": 1.0, "name": "bow"}) == []


def test_an_expression_for_a_time_ends_by_itself() -> None:
    made = let_in()
    made.engine("presence.expression.shown", {"at": 1.0, "expression": "sad", "intensity": 1.0, "seconds": 2.0})
    assert values(made.tick(10.0))["MouthSmile"] == 0.1
    made.tick(12.1)
    assert values(made.tick(12.2))["MouthSmile"] == 0.5


def test_a_parameter_that_another_owns_is_left_to_it() -> None:
    made = let_in()
    owned = '{"errorID": 454, "message": "Parameter MouthOpen is controlled by another plugin."}'
    (told,) = made.peer(vts("APIError", owned))
    assert isinstance(told, Tell)
    assert "454" in told.line
    assert "MouthOpen" in told.line
    made.engine("presence.viseme", mouth(aa=1.0))
    left = values(made.tick(0.0))
    assert "MouthOpen" not in left
    assert left["VoiceA"] == 1.0
    made.peer(vts("APIError", '{"errorID": 454, "message": "Only one plugin at a time."}'))
    assert made.tick(1.0) == [], "it names none: all are left"


def test_adding_leaves_the_tracked_face_as_it_is_at_rest() -> None:
    made = let_in("add")
    assert set(values(made.tick(0.0)).values()) == {0.0}
    made.engine("presence.expression.shown", {"at": 1.0, "expression": "happy", "intensity": 1.0})
    assert values(made.tick(1.0))["MouthSmile"] == 0.5


def test_leaving_shuts_the_mouth_and_switches_the_expression_off() -> None:
    made = let_in()
    made.engine("presence.expression.shown", {"at": 1.0, "expression": "happy", "intensity": 1.0})
    made.engine("presence.viseme", mouth(aa=1.0))
    inject, press = messages(made.closed())
    assert {"id": "MouthOpen", "value": 0.0} in inject["data"]["parameterValues"]
    assert press["data"] == {"hotkeyID": "k1"}


def test_another_version_of_its_api_ends_it_for_good() -> None:
    (end,) = VTubeStudio("a").peer(vts("APIStateResponse", "{}").replace('"1.0"', '"2.0"'))
    assert end == End("VTube Studio speaks version 2.0 of its API; this adapter knows 1.0", final=True)


def test_what_it_says_of_itself_on_udp() -> None:
    said = (
        b'{"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 1630159656406, '
        b'"messageType": "VTubeStudioAPIStateBroadcast", "requestID": "VTubeStudioAPIStateBroadcast", "data": '
        b'{"active": true, "port": 8011, "instanceID": "93aa0d0494304fddb057ae8a295c4e59", "windowTitle": "V"}}'
    )
    assert announced(said) == 8011
    assert announced(said.replace(b"true", b"false")) is None
    for bad in (b"", b"{}", b"\xff", said.replace(b"StateBroadcast", b"Other")):
        with pytest.raises(GarbageError):
            announced(bad)


@pytest.mark.parametrize("message", ["", "{", "[]", "{}", '{"op": 0}', '{"op": "0", "d": {}}', "[" * 50_000, b"\xff"])
def test_garbage_is_one_error(message: str | bytes) -> None:
    for made in (Obs(Wishes()), VTubeStudio("a")):
        with pytest.raises(GarbageError):
            made.peer(message)
