"""Messages of three voices, as their documents print them, are timing that events and files take."""

from __future__ import annotations

import json

import pytest

from avatar.errors import VoiceError
from avatar.events.codec import decode
from avatar.events.messages import SpeechTiming
from avatar.speech import marks
from avatar.speech.timings import timing

# Of its JavaScript SDK's events, written down as they are; docs: ticks of 100 ns, 22 visemes.
AZURE = (
    '{"privAudioOffset":500000,"privVisemeId":0,"privAnimation":""}\n'
    '{"privAudioOffset":1250000,"privVisemeId":21,"privAnimation":""}\n'
    '{"privAudioOffset":2125000,"privVisemeId":2,"privAnimation":""}\n'
)
# Amazon Polly's developer guide, "Mary had a little lamb", voice Joanna, words and visemes of its first word.
POLLY = (
    '{"time":0,"type":"sentence","start":0,"end":23,"value":"Mary had a little lamb."}\n'
    '{"time":6,"type":"word","start":0,"end":4,"value":"Mary"}\n'
    '{"time":6,"type":"viseme","value":"p"}\n'
    '{"time":73,"type":"viseme","value":"E"}\n'
    '{"time":180,"type":"viseme","value":"r"}\n'
    '{"time":292,"type":"viseme","value":"i"}\n'
    '{"time":373,"type":"word","start":5,"end":8,"value":"had"}\n'
    '{"time":373,"type":"viseme","value":"k"}\n'
    '{"time":604,"type":"ssml","start":3,"end":9,"value":"here"}\n'
)
# ElevenLabs' API reference, "Create speech with timing".
ELEVENLABS = """{
  "audio_base64": "base64_encoded_audio_string",
  "alignment": {
    "characters": ["H", "e", "l", "l", "o"],
    "character_start_times_seconds": [0, 0.1, 0.2, 0.3, 0.4],
    "character_end_times_seconds": [0.1, 0.2, 0.3, 0.4, 0.5]
  },
  "normalized_alignment": {
    "characters": ["H", "e", "l", "l", "o"],
    "character_start_times_seconds": [0, 0.1, 0.2, 0.3, 0.4],
    "character_end_times_seconds": [0.1, 0.2, 0.3, 0.4, 0.5]
  }
}"""


def taken(raw: str, seconds: float) -> list[SpeechTiming]:
    """As the engine takes it."""
    found = []
    for data in timing(raw, seconds):
        envelope = {"specversion": "1.0", "id": "1", "source": "t", "type": "presence.speech.timing"}
        event = decode(json.dumps(envelope | {"data": {"utterance": "u", **data}}))
        assert isinstance(event.data, SpeechTiming)
        found.append(event.data)
    return found


def test_azure() -> None:
    (data,) = taken(AZURE, 0.4)
    assert (data.unit, data.alphabet) == ("viseme", "azure")
    assert list(data.marks) == [(0.05, 0.125, 0), (0.125, 0.2125, 21), (0.2125, 0.4, 2)]
    phones = marks.phones(data.marks, data.unit, data.alphabet)
    assert [p.value for p in phones] == ["SIL", "P", "AA"], "lips shut for viseme 21"


@pytest.mark.parametrize(
    "names", [("audioOffset", "visemeId"), ("AudioOffset", "VisemeId"), ("audio_offset", "viseme_id")]
)
def test_azure_as_its_other_sdks_name_it_and_as_a_list(names: tuple[str, str]) -> None:
    lines = AZURE.replace("privAudioOffset", names[0]).replace("privVisemeId", names[1]).splitlines()
    assert timing("[" + ",".join(lines) + "]", 0.4) == timing(AZURE, 0.4)


def test_polly() -> None:
    shapes, words = taken(POLLY, 0.7)
    assert (shapes.unit, shapes.alphabet, words.unit) == ("viseme", "oculus", "word")
    assert shapes.marks[0] == (0.006, 0.073, "PP")
    assert shapes.marks[-1] == (0.373, 0.7, "kk")
    assert list(words.marks) == [(0.006, 0.373, "Mary"), (0.373, 0.7, "had")]
    assert marks.phones(shapes.marks, "viseme", "oculus")[0].value == "P", "lips shut for m"


def test_elevenlabs() -> None:
    (data,) = taken(ELEVENLABS, 0.5)
    assert data.unit == "char"
    assert marks.words(data.marks, "char") == [(0.0, 0.5, "Hello")]


def test_elevenlabs_in_pieces_goes_on_where_the_last_one_ended() -> None:
    times = '{"charStartTimesMs":[0,100],"charDurationsMs":[100,150],"chars":["H","i"]}'
    piece = f'{{"audio":"…","isFinal":null,"alignment":{times}}}'
    (data,) = taken(f'{piece}\n{{"audio":"…","alignment":null}}\n{piece.replace("Durations", "sDurations")}', 0.5)
    assert [m[:2] for m in data.marks] == [(0.0, 0.1), (0.1, 0.25), (0.25, 0.35), (0.35, 0.5)]


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("", "no timing"),
        ("[]", "no timing"),
        ("{", "line 1"),
        ("[1]", "message 1"),
        ('{"a": 1}', "no voice that is known"),
        (AZURE + "{", "line 4"),
        (AZURE.replace(":21", ":22"), "message 2"),
        (POLLY.replace('"value":"E"', '"value":"?"'), "no viseme"),
        (ELEVENLABS.replace("0.5]", '"x"]'), "message 1"),
        ('{"alignment": {"chars": ["a"], "charStartTimesMs": [0], "charDurationsMs": []}}', "message 1"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_what_is_none_of_them_is_one_error_with_its_place(raw: str, place: str) -> None:
    with pytest.raises(VoiceError, match=place):
        timing(raw, 1.0)
