"""All commands with their examples, and how a mistake is told: one line, exit code 2."""

from __future__ import annotations

import copy
import sys
from typing import Annotated, Any, Final, NoReturn

import typer

from .. import __version__
from ..errors import AvatarError
from . import (
    adapter,
    agent,
    ceremony,
    chat,
    consent,
    events,
    files,
    keepsake,
    live,
    machine,
    photo,
    place,
    render,
    replay,
    token,
    track,
    voice,
)
from .doors_options import filled_in
from .options import examples, say

SYSTEM_LIBS: Final = "libegl1 libgl1 libgl1-mesa-dri libglib2.0-0 libportaudio2"
_USAGE_ERROR: Final[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "UsageError")
"""What typer raises for words it does not understand; it does not name this class at its own door."""

COMMANDS: Final = (
    (
        live.demo,
        (
            "avatar demo",
            "avatar demo --out /tmp/first-light --seconds 12",
            "avatar demo --persona lively",
            "avatar demo --anchor shoulder",
            "avatar demo --json",
        ),
    ),
    (
        live.run,
        (
            "avatar run",
            "avatar run --source demo --seconds 20 --record out.mp4 --headless",
            "avatar run --source wedding.mkv --companion my-companion.vrm --mirror",
            "avatar run --persona calm",
            "avatar run --voice none",
            "avatar run --voice espeak:de --rate 0.9",
            "avatar run --mirror-me",
            "avatar run --anchor tag",
            "avatar run --anchor spot 0.7,0.9",
            "avatar run --person left",
            "avatar run --prop ring@ring-finger:left --prop candle@tag:3",
            "avatar run --observe",
            "avatar run --reader-mic auto",
            "avatar run --listen auto",
            "avatar run --origin http://localhost:3000",
            "avatar run --host 192.168.1.20",
            "avatar run --vmc-in --osc",
            "avatar run --vmc-out 127.0.0.1:39540",
            "avatar run --journal evening.jsonl --journal-content",
            "avatar run --nats embedded",
            "avatar run --nats embedded --follow",
            "avatar run --nats nats://stage.example.org:4222 --stage hall --follow",
            "avatar send presence.say text='Hello there.'",
        ),
    ),
    (
        chat.chat,
        (
            "avatar chat --base-url http://127.0.0.1:11434/v1 --model llama3.2",
            "avatar chat --backend scripted",
            "avatar chat --backend scripted --persona calm --source demo",
            "echo 'Hello. Who are you?' | avatar chat --backend scripted --headless --record talk.mp4",
            "avatar chat --base-url https://api.example.org/v1 --model large --key-env MY_KEY",
            "avatar chat --backend scripted --port 8765",
        ),
    ),
    (
        photo.photo,
        (
            "avatar photo",
            "avatar photo --anchor right-half --countdown 5 --out us.png",
            "avatar photo --source party.mkv --countdown 0 --burst 20 --out best.png",
            "avatar photo --source demo --prop ring --out demo.png",
        ),
    ),
    (
        render.render,
        (
            "avatar render hikari --out hikari.png --background white",
            "avatar render my.vrm --out face.png --size 512x512 --expression happy=1 --camera 0,1.45,0.9 "
            "--target 0,1.4,0",
            "avatar render my.vrm --out step.png --motion dance.vrma --time 1.5",
            "avatar render my.vrm --out dance.mp4 --motion dance.vrma --size 720x960",
            "avatar render my.vrm --out alive.mp4 --seconds 10",
            "avatar render my.vrm --out room.png --light room.jpg",
            "avatar render my.vrm --out oracle.png --plan oracle --json",
        ),
    ),
    (
        track.track,
        (
            "avatar track film.mkv",
            "avatar track film.mkv --json-lines | head -1",
            "avatar track film.mkv --out film.jsonl --fov 45 --person left",
            "avatar track portrait.jpg --json",
            "avatar track demo --seconds 3 --json-lines",
        ),
    ),
    (files.inspect, ("avatar inspect my.vrm", "avatar inspect dance.vrma --json")),
    (files.validate, ("avatar validate my.vrm", "avatar validate my.vrm --json")),
    (
        files.motions,
        ("avatar motions", "avatar render hikari --out wave.mp4 --motion wave", "avatar send gesture name=wave"),
    ),
    (
        place.tags,
        (
            "avatar tags",
            "avatar tags --out small.pdf --size 50 --paper letter",
            "avatar run --anchor tag --tag-size 50",
        ),
    ),
    (
        place.calibrate,
        (
            "avatar calibrate",
            "avatar calibrate 0 --distance 0.6",
            "avatar calibrate board.mp4 --camera 'HD Webcam'",
        ),
    ),
    (
        voice.speak,
        (
            "avatar speak 'Hello there.'",
            "avatar speak 'This is *really* good… I think.' --rate 0.9 --pitch 2",
            "avatar speak 'Peter plays the piano.' --wav peter.wav --visemes peter.csv",
            "avatar speak vows.txt --voice espeak:fr --wav vows.wav",
            "echo 'Good evening.' | avatar speak -",
        ),
    ),
    (voice.voices, ("avatar voices", "avatar voices --language ja", "avatar voices --json")),
    (
        machine.lipsync,
        (
            "avatar lipsync vows.wav --text vows.txt --visemes vows.csv",
            "avatar lipsync vows.wav --text 'I do.' --words words.json --visemes vows.csv",
        ),
    ),
    (
        live.send,
        (
            "avatar send presence.say text='Hello there.'",
            "avatar send say text='Hello' expression=happy",
            "avatar send gesture name=wave --port 9000",
        ),
    ),
    (
        adapter.adapter,
        (
            "avatar adapter",
            "avatar adapter open-llm-vtuber --type",
            "avatar adapter aiavatarkit --url ws://127.0.0.1:8000/ws",
            "avatar adapter pipecat --url ws://127.0.0.1:7860/ws",
            "OBS_PASSWORD=… avatar adapter obs --caption-source Captions --scene Ceremony --record",
            "avatar adapter vtube-studio --discover",
        ),
    ),
    (
        replay.replay,
        (
            "avatar replay evening.jsonl --record evening.mp4",
            "avatar replay evening.jsonl --list",
            "avatar replay evening.jsonl --source demo --still last.png --json",
        ),
    ),
    (
        events.events,
        ("avatar events", "avatar events presence.say", "avatar events --format schema > events.schema.json"),
    ),
    (
        agent.mcp,
        (
            "avatar mcp",
            "avatar mcp --port 9000 --token-file agent.token",
            "avatar mcp --run '--source demo --headless'",
        ),
    ),
    (machine.doctor, ("avatar doctor", "avatar doctor --json")),
)

app = typer.Typer(
    name="avatar",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See a 3D companion in your own camera view, speak with it, and stage symbolic ceremonies with it.\n\n"
    "The companion is an AI, not a person; it has no feelings. Everything stays on this machine.",
)
for _command, _lines in COMMANDS:
    app.command(epilog=examples(*_lines))(_command)
app.add_typer(
    ceremony.app,
    epilog=examples("avatar ceremony new wedding", "avatar ceremony check wedding/wedding.yaml"),
)
app.add_typer(
    consent.app,
    epilog=examples(
        "avatar consent list",
        "avatar consent grant remote-voice speech.example.org",
        "avatar consent grant remote-chat api.example.org",
    ),
)
app.add_typer(
    token.app,
    epilog=examples("avatar token list", "avatar token add my-bot --scope speak,pose", "avatar token revoke my-bot"),
)
app.add_typer(
    keepsake.app,
    epilog=examples(
        "avatar keepsake list",
        "avatar keepsake open wedding-2026-11-27-1530",
        "avatar keepsake delete wedding-2026-11-27-1530",
    ),
)


def _version(asked: bool) -> None:
    if asked:
        print(f"avatar {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)


def asked_for(arguments: list[str]) -> typer.Typer:
    """The command line with only the command that the arguments name: to read the options of all the others takes a
    tenth of a second. All of it where they name none, for the list of commands and for the nearest name of a slip."""
    named = copy.copy(app)
    for word in arguments[:1]:
        named.registered_commands = [c for c in app.registered_commands if c.callback and c.callback.__name__ == word]
        groups = app.registered_groups
        named.registered_groups = [g for g in groups if g.typer_instance and g.typer_instance.info.name == word]
    return named if len(named.registered_commands) + len(named.registered_groups) == 1 else app


def start() -> NoReturn:
    """Run the command line and end the program with its exit code."""
    try:
        arguments = filled_in(sys.argv[1:])
        code = asked_for(arguments)(args=arguments, prog_name="avatar", standalone_mode=False)
    except _USAGE_ERROR as error:
        _mistake(_words(error))
    except AvatarError as error:
        _mistake(str(error))
    except ImportError as error:
        if "shared object" not in str(error):
            raise
        _mistake(f"a system library is missing ({error}); on Debian or Ubuntu: sudo apt-get install -y {SYSTEM_LIBS}")
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(code or 0)


def _mistake(words: str) -> NoReturn:
    say(f"avatar: {AvatarError(words)}")
    sys.exit(2)


def _words(error: Any) -> str:
    """A mistake in the arguments in one line, and where to read on."""
    text = " ".join(error.format_message().split()).rstrip(".")
    if error.ctx is not None:
        command = error.ctx.command_path
    else:  # an option without its value: the parser knows no command
        names = {command.__name__ for command, _ in COMMANDS}
        command = " ".join(["avatar", *(a for a in sys.argv[1:2] if a in names)])
    return f"{text[:1].lower()}{text[1:]} (see '{command} --help')"
