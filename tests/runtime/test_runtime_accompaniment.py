"""Head, brows and hands go with what is heard: on the vowel, in time, and away when it is broken off."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from speaking_stage import Show, pitch, unheard

from avatar.animate import cospeech
from avatar.animate.accents import BROW, HEAD, WIDTH
from avatar.animate.cospeech import BEAT_NAMES
from avatar.animate.persona import Persona, load
from avatar.animate.wording import VOWELS, spoken_words
from avatar.io.voice.mixer import PAUSE
from avatar.types import Interrupt, Say

TEXT = "I really love this garden. They are not red, they are WHITE, and every one of them smells like summer."
STILL = Persona(accents=False, beats=False)


def heard(show: Show) -> list[tuple[float, cospeech.Accents]]:
    """(when its first sample is heard, plan) of each piece, as the speaker should have planned it."""
    begin, found, lead = show.at("started")[0] - unheard(show.speeches[0]), [], 0.0
    for said in show.speeches:
        plan = cospeech.plan(
            said.track.phones, said.sound, said.rate, said.text, persona=show.persona, seed=0, lead=lead
        )
        found.append((begin, plan))
        begin, lead = begin + said.seconds + PAUSE, 0.5
    return found


def test_nods_fall_on_the_stressed_vowel_as_it_is_heard() -> None:
    curves = []
    for persona in (Persona(beats=False), STILL):
        show = Show(persona, 60)
        show.client.send("presence.say", text=TEXT, utterance="u")
        times, bones = show.run(7.0)
        curves.append((show, times, pitch(bones["head"])))
    (show, times, moved), (_, _, still) = curves
    more = moved - still
    checked = 0
    for said, (begin, plan) in zip(show.speeches, heard(show), strict=True):
        vowels = [begin + (p.start + p.end) / 2 for p in said.track.phones if p.value in VOWELS and p.stress]
        nods = [k for k in range(plan.count) if plan.kind[k] == 0]
        for k in nods:
            stroke = begin + float(plan.stroke[k])
            near = np.flatnonzero(np.abs(times - stroke) < 0.2)
            top = times[near[np.argmax(more[near])]]
            assert min(abs(top - v) for v in vowels) <= 1 / 60, (top, stroke)
            assert more[near].max() == pytest.approx(np.degrees(plan.amount[k, 0]), rel=0.35)
            checked += 1
    assert checked >= 3


def test_a_later_sentence_begins_in_the_pause_before_it() -> None:
    show = Show(Persona(), 60)
    show.client.send("presence.say", text=TEXT, utterance="u")
    out, breath = np.zeros(WIDTH, np.float32), []
    for _ in range(240):
        t = show.step()
        show.speaker.accents(t, out)
        breath.append((t, float(out[4])))
    second = heard(show)[1][0]
    assert max(b for t, b in breath if second - 0.15 < t < second) > 0.1


@pytest.mark.parametrize("fps", [30, 60])
def test_beats_strike_within_40_ms_of_their_word(fps: int) -> None:
    """The hand stops going down when the word is heard, on the way a person sees it."""
    show = Show(load("lively"), fps)
    show.client.send("presence.say", text=f"{TEXT} Did you see the roses? I planted them in March.", utterance="u")
    times, bones = show.run(11.0)
    planned = [begin + beat.stroke for begin, plan in heard(show) for beat in plan.beats]
    assert len(show.moves) >= 2
    for begun, name in show.moves:
        meant = begun + show.engine.parts.hands.stroke(name)
        stroke = min(planned, key=lambda t, meant=meant: abs(t - meant))
        assert abs(meant - stroke) <= 0.5 / fps + 1e-3
        fine = np.linspace(stroke - 0.25, stroke + 0.15, 401)
        hands = (bones["leftHand"], bones["rightHand"])
        speed = min((np.gradient(np.interp(fine, times, h[:, 1, 3]), fine) for h in hands), key=np.min)
        fastest = int(np.argmin(speed))
        stopped = fastest + int(np.argmax(speed[fastest:] > 0.25 * speed[fastest]))
        assert speed[fastest] < -0.15
        assert abs(fine[stopped] - stroke) < 0.04


def test_interrupted_accents_are_over_in_a_fifth_of_a_second_without_a_jump() -> None:
    show = Show(Persona(), 60)
    show.client.send("presence.say", text=TEXT, utterance="u")
    out, values, times = np.zeros(WIDTH, np.float32), [], []
    cut = None
    for _ in range(600):
        times.append(show.step())
        show.speaker.accents(times[-1], out)
        values.append(out.copy())
        if cut is None and times[-1] > 1.5 and out[HEAD][0] > 0.03:
            cut = times[-1]
            show.client.send("presence.interrupt")
    assert cut is not None
    curve, t = np.array(values), np.array(times)
    assert np.abs(curve[t > cut + 0.2]).max() == 0
    assert np.abs(np.diff(curve[:, HEAD], axis=0)).max() < np.radians(1.2)
    assert np.abs(np.diff(curve[:, BROW])).max() < 0.2
    assert not show.speaker.accents(times[-1] + 0.1, out)
    assert show.speaker.beat(times[-1]) is None


def test_what_waits_when_all_is_interrupted_is_never_shown() -> None:
    show = Show(load("lively"), 60)
    for name in "abc":
        show.client.send("presence.say", text=TEXT, utterance=name)
    show.run(0.05)
    show.speaker.interrupt(Interrupt())
    show.run(0.3)
    out = np.zeros(WIDTH, np.float32)
    assert not show.speaker.accents(show.clock.now() + 0.1, out)
    show.speaker.say(Say("Fine.", "d"))
    show.run(0.3)
    assert show.speaker.accents(show.clock.now() + 0.1, out)


@pytest.mark.parametrize("persona", [replace(load("lively"), quiet=True), replace(load("lively"), beats=False)])
def test_hands_stay_at_rest_where_they_are_to(persona: Persona) -> None:
    show = Show(persona, 30)
    show.client.send("presence.say", text=TEXT, utterance="u")
    for _ in range(240):
        show.step()
        assert show.animator.active == ()
    assert show.report.gestures == {}
    assert show.speaker.beat(show.clock.now()) is None


def test_a_quiet_companion_greets_without_a_wave_and_another_one_with_it() -> None:
    made = []
    for quiet in (True, False):
        show = Show(Persona(quiet=quiet), 30)
        show.engine.greet("Hello there.")
        show.run(0.5)
        made.append(show.report.gestures)
    assert made == [{}, {"wave": 1}]


def test_no_beat_goes_into_another_gesture_or_comes_close_to_one_asked_for() -> None:
    show = Show(replace(load("lively"), energy=1.0, expressivity=1.0), 30)
    text = "The red car and the blue boat and the green plane and the white train and the black horse won the prize. "
    show.client.send("presence.say", text=text * 4, utterance="u")
    show.run(4.0)
    show.client.send("presence.gesture", name="bow")
    show.run(0.1)
    asked = show.clock.now() - 0.1
    while "bow" in show.animator.active:
        show.step()
        assert not set(show.animator.active) & set(BEAT_NAMES)
    show.client.send("presence.gesture", name="nod")  # head only: hands go on
    nodded = show.clock.now()
    show.run(12.0)
    beats = [t for t, name in show.moves if name in BEAT_NAMES]
    assert any(t > nodded for t in beats)
    assert all(not -0.1 < t - asked < 1.1 for t in beats)
    assert all(not -0.1 < t - nodded < 1.1 for t in beats)
    assert np.diff(beats).min() >= 1.1


def test_the_stroke_of_a_tagged_gesture_meets_its_word_in_a_later_sentence() -> None:
    show = Show(STILL, 30)
    said = "I am so glad that you could come today.  Come in!\n\nThey all said [animation:wave] goodbye to [joy] you."
    show.client.send("presence.say", text=said, utterance="u")
    show.run(8.0)
    (begun,) = [t for t, name in show.moves if name == "wave"]
    begin = show.at("started")[0] - unheard(show.speeches[0]) + sum(s.seconds + PAUSE for s in show.speeches[:-1])
    words = spoken_words(show.speeches[-1].track.phones, show.speeches[-1].text)
    word = next(w for w in words if show.speeches[-1].text[w.at :].startswith("goodbye"))
    assert abs(begun + show.engine.parts.hands.stroke("wave") - (begin + word.stroke)) < 0.05


def test_a_tagged_gesture_that_has_no_time_begins_at_once() -> None:
    show = Show(STILL, 30)
    show.client.send("presence.say", text="[animation:wave] Hello my friend, good evening.", utterance="u")
    show.run(0.4)
    assert [name for _, name in show.moves] == ["wave"]


def test_nothing_is_kept_by_frame_while_it_speaks() -> None:
    show = Show(load("lively"), 30)
    show.client.send("presence.say", text=TEXT * 3, utterance="u")
    show.run(1.0)
    speaker, hands, out = show.speaker, show.engine.parts.hands, np.zeros(WIDTH, np.float32)
    t = show.clock.now()
    for _ in range(2500):  # Python keeps up to 2,000 freed tuples of a size for later; they are no leak
        speaker.accents(t, out)
        hands.step((), t, 0.0)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(500):
        speaker.accents(t, out)
        hands.step((), t, 0.0)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1024
    assert peak - before < 4096
