"""What clients ask for besides speech: weights and whose they are, captions, panic, the card of help, goodbye."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from event_scene import Scene, sound_after
from speaking_stage import Show

from avatar.care import crisis, farewell
from avatar.io.transports.memory import MemoryClient
from avatar.runtime.conversation import LAST_S
from avatar.types import Express, Gaze, Gesture, Halt


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_weights_are_held_a_second_after_the_last_ones_of_their_client(scene: Scene) -> None:
    scene.client.send("presence.weights", expressions={"aa": 0.5, "happy": 1})
    scene.run(0.5)
    scene.client.send("presence.weights", expressions={"aa": 0.7})
    scene.run(2.0)
    (t0, first), (t1, second), (t2, last) = scene.holds()
    assert (first, second, last) == ({"aa": 0.5, "happy": 1}, {"aa": 0.7}, {"aa": None, "happy": None})
    assert t1 - t0 == pytest.approx(0.5, abs=0.021)
    assert t2 - t1 == pytest.approx(1.0, abs=0.041)


def test_the_last_sender_owns_a_name_and_a_client_that_leaves_lets_go_of_its_own_at_once(scene: Scene) -> None:
    other = MemoryClient(scene.doors.hub, "other")
    scene.client.send("presence.weights", expressions={"aa": 0.5, "happy": 1})
    scene.run(0.1)
    other.send("presence.weights", expressions={"aa": 0.1})
    scene.run(0.1)
    scene.client.close()
    scene.run(0.02)
    assert scene.holds()[-1][1] == {"happy": None}, "aa is the other's by now"
    other.close()
    scene.run(0.02)
    assert scene.holds()[-1][1] == {"aa": None}


def test_a_thousand_weights_make_one_command(scene: Scene) -> None:
    for k in range(1000):
        assert scene.client.send("presence.weights", expressions={"aa": k / 1000})["type"] == "presence.ack"
    scene.run(0.02)
    assert [w for _, w in scene.holds()] == [{"aa": 0.999}]


def test_expression_and_gaze_go_with_the_client_that_asked_for_them_last(scene: Scene) -> None:
    other = MemoryClient(scene.doors.hub, "other")
    other.send("presence.express", expression="sad", intensity=1)
    other.send("presence.gaze", target="away")
    scene.run(0.1)
    scene.client.send("presence.express", expression="happy", intensity=1)
    scene.run(0.1)
    before = len(scene.moves)
    other.close()
    scene.run(0.1)
    assert [c for _, c in scene.moves[before:]] == [Gaze()]
    scene.client.close()
    scene.run(0.1)
    gone = scene.moves[-1][1]
    assert isinstance(gone, Express)
    assert gone.expression == "neutral"


def test_what_a_client_set_stays_where_it_said_so(scene: Scene) -> None:
    once = MemoryClient(scene.doors.hub, "once")
    once.send("presence.hello", client="once", stays=True)
    once.send("presence.express", expression="happy", intensity=1)
    scene.run(0.1)
    once.close()
    scene.run(0.5)
    assert [c for _, c in scene.moves] == [Express("happy", 1.0)]


def test_the_face_holds_what_is_sent_and_comes_back_to_its_own() -> None:
    show = Show()
    show.step()
    show.client.send("presence.weights", expressions={"happy": 0.8})
    show.step()
    first = show.engine.pose.expressions["happy"]
    assert 0 < first < 0.8, "it begins with the next picture"
    show.run(0.3)
    assert show.engine.pose.expressions["happy"] == pytest.approx(0.8, abs=0.01)
    morphs = show.engine.pose.morphs.copy()
    show.run(0.6)
    assert show.engine.pose.expressions["happy"] == pytest.approx(0.8, abs=0.01)
    steps = []
    for _ in range(70):
        show.step()
        steps.append(show.engine.pose.expressions["happy"])
    assert steps[-1] == pytest.approx(0.0, abs=0.01)
    assert max(abs(b - a) for a, b in itertools.pairwise(steps)) < 0.15, "eased, no leap"
    assert np.abs(morphs - show.engine.pose.morphs).max() > 0.1


def test_a_caption_is_shown_with_its_speaker_for_its_seconds_and_published(scene: Scene) -> None:
    scene.client.send("presence.caption", id="c1", text="Once [joy]upon a time", speaker="Narrator", seconds=1.5)
    scene.run(0.1)
    assert (scene.talk.caption, scene.talk.captioned) == ("Once upon a time", "Narrator")
    (shown,) = scene.of("presence.caption")
    assert shown["data"] == {"text": "Once upon a time", "speaker": "Narrator", "utterance": "c1"}
    scene.client.send("presence.say", text="one two")
    scene.run(0.3)
    assert (scene.talk.caption, scene.talk.captioned) == ("one two", "Hikari"), "what is spoken is captioned"
    scene.run(0.8)
    assert scene.talk.caption == "Once upon a time"
    scene.run(0.5)
    assert (scene.talk.caption, scene.talk.captioned) == ("", "")
    scene.client.send("presence.caption", text="a")
    scene.run(0.1)
    scene.client.send("presence.caption", text="")
    scene.run(0.02)
    assert scene.talk.caption == ""
    assert scene.client.send("presence.caption", text="x" * 1001)["data"]["code"] == "bad_value"


def test_a_panic_stops_sound_within_a_tenth_of_a_second_and_drops_all_that_waits(scene: Scene) -> None:
    scene.client.send("presence.say", text="one two three four five six", utterance="a")
    scene.client.send("presence.say", text="seven", utterance="b")
    scene.client.send("presence.say", text="eight", utterance="c", at=3.0)
    scene.client.send("presence.say.delta", text="nine", utterance="d")
    scene.client.send("presence.gesture", name="wave", at=1.5)
    scene.client.send("presence.caption", text="shown", seconds=60)
    scene.client.send("presence.companion", model="hikari", persona="calm")
    scene.client.send("presence.weights", expressions={"aa": 1})
    scene.run(1.0)
    assert scene.talk.caption == "one two three four five six"
    begun, moved = scene.clock.now(), len(scene.moves)
    assert scene.client.send("presence.panic", fade=0.1)["type"] == "presence.ack"
    scene.run(5.0)
    assert sound_after(scene, begun - 0.1) > 0.05
    assert sound_after(scene, begun + 0.1) == 0.0
    assert [c for _, c in scene.moves[moved:]] == [Halt(0.1)]
    assert scene.moves[moved][0] - begun < 0.03
    assert {e["data"]["utterance"] for e in scene.of("presence.speech.interrupted")} == {"a", "b", "c", "d"}
    assert scene.talk.caption == ""
    assert scene.talk.announcement(scene.clock.now()) == ""
    assert not scene.talk.busy


def test_sound_stops_in_a_panic_though_the_engine_stands_still(scene: Scene) -> None:
    scene.client.send("presence.say", text="one two three four five six")
    scene.run(1.0)
    scene.client.send("presence.panic")
    mixer = scene.speaker.device.mixer
    block = mixer.pull(round(0.1 * mixer.rate))  # no step of the engine in between
    assert np.abs(block[: mixer.rate // 200]).max() > 0.05
    assert np.abs(block[round(0.03 * mixer.rate) :]).max() == 0.0


def test_after_a_panic_only_what_belongs_to_it_is_let_through_until_resume(scene: Scene) -> None:
    scene.client.send("presence.panic")
    for kind, data in (
        ("say", {"text": "x"}),
        ("weights", {"expressions": {"aa": 1}}),
        ("gesture", {"name": "wave"}),
        ("caption", {"text": "x"}),
        ("interrupt", {}),
    ):
        refused = scene.client.send(f"presence.{kind}", **data)
        assert refused["data"]["code"] == "not_ready"
        assert "presence.resume" in refused["data"]["message"]
    assert scene.client.send("presence.hello", client="again")["type"] == "presence.welcome"
    assert scene.client.send("presence.crisis")["type"] == "presence.ack"
    assert scene.client.send("presence.panic")["type"] == "presence.ack", "to stop is never refused"
    scene.run(1.0)
    assert len(scene.of("presence.notice")) == 1
    assert scene.client.send("presence.resume")["type"] == "presence.ack"
    assert scene.client.send("presence.say", text="one")["type"] == "presence.ack"
    at = scene.clock.now()
    scene.run(1.0)
    assert scene.talk.spoken == ["one"]
    assert sound_after(scene, at) > 0.05


def test_a_panic_may_wait_for_its_moment_too(scene: Scene) -> None:
    scene.client.send("presence.panic", at=1.0)
    scene.run(0.9)
    assert scene.client.send("presence.gesture", name="nod")["type"] == "presence.ack"
    scene.run(0.2)
    assert scene.client.send("presence.gesture", name="nod")["data"]["code"] == "not_ready"


def test_a_panic_is_taken_even_when_the_engine_is_too_far_behind() -> None:
    scene = Scene()
    answers = [scene.client.send("presence.gesture", name="nod") for _ in range(1990)]
    scene.clock.advance(1.0)
    answers += [scene.client.send("presence.gesture", name="nod") for _ in range(100)]
    assert answers[-1]["data"]["code"] == "rate_limited"
    assert scene.client.send("presence.panic")["type"] == "presence.ack"


def test_the_body_comes_back_to_neutral() -> None:
    show = Show()
    show.client.send("presence.gesture", name="wave")
    show.client.send("presence.express", expression="happy", intensity=1)
    show.client.send("presence.weights", expressions={"sad": 1})
    show.client.send("presence.gaze", target="away")
    show.run(0.8)
    assert show.animator.active
    show.client.send("presence.panic", fade=0.1)
    show.step()
    assert not show.animator.active
    assert show.animator.attention == Gaze()
    show.run(0.7)
    assert show.engine.pose.expressions["happy"] < 0.01
    assert show.engine.pose.expressions["sad"] < 0.01
    assert show.engine.scene.overlay.label
    show.client.send("presence.resume")
    show.step()
    assert show.engine.scene.overlay.label == ""


def test_a_crisis_shows_the_card_for_two_minutes_and_only_counts(scene: Scene) -> None:
    scene.client.send("presence.say", text="one two three four")
    scene.run(0.2)
    scene.client.send("presence.crisis")
    scene.run(0.1)
    card = scene.talk.acting.card(scene.clock.now())
    assert any("988" in line for line in card)
    (notice,) = scene.of("presence.notice")
    assert notice["data"] == {"kind": "crisis", "text": " ".join(card)}
    assert scene.talk.speaking, "what is said to the person goes on"
    assert scene.talk.acting.crises == 1
    scene.clock.advance(crisis.SHOWN_S)
    assert scene.talk.acting.card(scene.clock.now()) == ()


def test_goodbye_is_one_line_and_closed_within_two_seconds(scene: Scene) -> None:
    scene.client.send("presence.say", text="one two three four five six seven eight nine ten")
    scene.client.send("presence.gesture", name="wave", at=1.5)
    scene.run(1.0)
    said = scene.clock.now()
    scene.client.send("presence.goodbye")
    scene.run(0.02)
    assert scene.talk.closes - said <= LAST_S + 0.02 < 2.0
    assert scene.talk.caption == farewell.goodbye()
    assert scene.client.send("presence.say", text="stay")["data"]["code"] == "not_ready"
    assert scene.client.send("presence.goodbye")["data"]["code"] == "not_ready"
    scene.run(3.0)
    lines = {e["data"]["text"] for t, e in scene.news if t > said and e["type"] == "presence.caption"}
    assert lines == {farewell.goodbye()}
    assert not [c for t, c in scene.moves if t > said and isinstance(c, Gesture)]
    assert sound_after(scene, said + LAST_S) == 0.0
    assert not [text for text in lines if farewell.lint(text)]


def test_goodbye_in_a_panic_is_shown_and_not_heard(scene: Scene) -> None:
    scene.client.send("presence.panic")
    scene.run(0.1)
    at = scene.clock.now()
    assert scene.client.send("presence.goodbye")["type"] == "presence.ack"
    scene.run(2.0)
    assert scene.clock.now() >= scene.talk.closes
    assert len(scene.of("presence.caption")) == 1
    assert sound_after(scene, at) == 0.0


def test_cues_wait_for_a_ceremony_and_say_so(scene: Scene) -> None:
    for kind in ("go", "hold", "back", "goto"):
        refused = scene.client.send(f"presence.cue.{kind}")["data"]
        assert refused["code"] == "not_ready"
        assert "ceremony" in refused["message"]
