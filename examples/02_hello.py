"""The whole engine in your own program: the companion greets the demo portrait, and your code hears what happens.

usage: python examples/02_hello.py [OUT.png]
"""

import sys
from pathlib import Path

from avatar import Stage

out = Path(sys.argv[1] if len(sys.argv) > 1 else "hello.png")
stage = Stage(source="demo", headless=True, offline=True, seconds=2.2, still=out)
stage.on("presence.speech.started", lambda event: print("speaks at", event["data"]["at"], "s"))
stage.on("presence.caption", lambda event: print("caption:", event["data"]["text"]))
stage.send("say", text="[animation:wave] Hello! I stand here in your picture.", expression="happy")
print(stage.run()["frames"], "frames;", out)
