"""A line from any script, timer or service to the running companion: one HTTP POST. Start `avatar run` first.

usage: python examples/16_webhook.py TEXT [PORT]

The same by curl:

    curl http://127.0.0.1:8765/v1/events -H 'Content-Type: application/json' \
      -H "Authorization: Bearer $(avatar token own)" \
      -d '{"specversion":"1.0","id":"1","source":"curl","type":"presence.say","data":{"text":"The cake is ready."}}'
"""

import json
import sys
import uuid
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from avatar import local_token

text, port = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "8765"
event = {"specversion": "1.0", "id": uuid.uuid4().hex, "source": "webhook", "type": "presence.say"}
headers = {"Content-Type": "application/json"}
if token := local_token():
    headers["Authorization"] = f"Bearer {token}"
body = json.dumps(event | {"data": {"text": text}}).encode()
try:
    with urlopen(Request(f"http://127.0.0.1:{port}/v1/events", body, headers), timeout=5) as answer:
        print(answer.status, json.load(answer)["type"])
except HTTPError as error:
    sys.exit(f"{error.code}: {error.read().decode()}")
