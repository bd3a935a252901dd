"""The desk's page: answers from a list, and sends what people say about the answers to the collector.

    ratchet collect --port 4410        in the folder of this workspace
    python3 examples/python/app.py     then open http://127.0.0.1:8000

Python's standard library only. RATCHET_COLLECTOR is the collector's address, RATCHET_TOKEN its token where it asks for one.
"""

import json
import os
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COLLECTOR = os.environ.get("RATCHET_COLLECTOR", "http://127.0.0.1:4410")
TOKEN = os.environ.get("RATCHET_TOKEN")
PROMPT = {"name": "support/answer", "version": "v2"}


def send(path, record):
    """Sends one record; it is on disk when this returns. Sending it again changes nothing: its id counts once."""
    headers = {"Content-Type": "application/json"}
    if TOKEN:
        headers["Authorization"] = f"Bearer {TOKEN}"
    request = urllib.request.Request(COLLECTOR + path, json.dumps(record).encode(), headers)
    for attempt in range(5):
        wait = 0.2 * 2**attempt
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            # Too many at once, or something is wrong over there: later, and under the same id. Anything else is ours to mend.
            if error.code != 429 and error.code < 500:
                raise RuntimeError(f"The collector refused a record: {error.read().decode()}") from error
            wait = max(wait, float(error.headers.get("Retry-After", 0)))
        except OSError:
            pass  # not reachable just now
        time.sleep(min(wait, 10))
    raise RuntimeError(f"The collector at {COLLECTOR} took nothing. Is it running?")


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def collect_interaction(user_id, question, answer, latency_ms):
    """What was served. With it the score knows how many people said nothing."""
    send("/v1/interactions", {
        "id": answer["id"],
        "time": now(),
        "prompt": PROMPT,
        "user": user_id,
        "input": {"variables": {"question": question}},
        "output": {"text": answer["text"]},
        "system": {"status": "ok", "latency_ms": latency_ms},
    })


def collect_feedback(user_id, answer, rating, comment=None):
    """What somebody said about an answer: 0 is bad, 1 is good. Who changes their mind is counted once, as they said last."""
    send("/v1/feedback", {
        "id": f"{answer['id']}/rating",
        "interaction_id": answer["id"],
        "time": now(),
        "prompt": PROMPT,
        "user": user_id,
        "signal": "explicit.rating",
        "score": {"raw": rating, "min": 0, "max": 1},
        "text": comment,
    })


# From here on: the application. Where it looks up an answer, yours asks a model.

ANSWERS = {
    "skye": "Our deliveries start in Leith, where we pack every order by hand. To the islands it is 4 to 5 working days, without a charge.",
    "return": "We have thought about returns for a long time. You have 45 days from the day it arrived, opened or not.",
}
OTHERWISE = "A person will write back within a day."

PAGE = """<!doctype html><meta charset="utf-8"><title>Thistle &amp; Rook</title>
<form id="ask"><input name="user" value="anna" aria-label="Your name"> <input name="question" value="How long to Skye?" size="40" aria-label="Question"> <button>Ask</button></form>
<p id="answer"></p>
<p id="rate" hidden><button value="1">👍</button> <button value="0">👎</button> <input id="comment" placeholder="What was wrong?" size="40" aria-label="Comment"> <output></output></p>
<script>
  const post = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) }).then((response) => response.json());
  const [ask, answer, rate, comment] = ["ask", "answer", "rate", "comment"].map((id) => document.getElementById(id));
  let shown;
  ask.onsubmit = async (event) => {
    event.preventDefault();
    shown = await post("/ask", Object.fromEntries(new FormData(ask)));
    answer.textContent = shown.text;
    rate.hidden = false;
  };
  for (const button of rate.querySelectorAll("button"))
    button.onclick = async () => {
      await post("/rate", { user: ask.user.value, id: shown.id, rating: Number(button.value), comment: comment.value || null });
      rate.querySelector("output").textContent = "Thank you.";
    };
</script>
"""

served = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(200, PAGE.encode(), "text/html; charset=utf-8")

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/ask":
            started = time.monotonic()
            text = next((answer for word, answer in ANSWERS.items() if word in said["question"].lower()), OTHERWISE)
            answer = {"id": str(uuid.uuid4()), "text": text}
            served[answer["id"]] = answer
            collect_interaction(said["user"], said["question"], answer, round((time.monotonic() - started) * 1000, 3))
            self.reply(200, json.dumps(answer).encode(), "application/json")
        elif self.path == "/rate" and said["id"] in served:
            collect_feedback(said["user"], served[said["id"]], said["rating"], said.get("comment"))
            self.reply(200, b"{}", "application/json")
        else:
            self.reply(404, b"{}", "application/json")

    def reply(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Handler)
    print(f"Open http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
