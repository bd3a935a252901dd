"""ClickHouse's HTTP interface over chdb (ClickHouse in this process), as far as @clickhouse/client speaks it. Prints its port, ends with its input.

A table may be forbidden by the user's name: `locked` may read nothing. `profiled` is of a read-only profile, which lets no setting be changed.
"""
import base64
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb import session

chdb = session.Session(sys.argv[1])
lock = threading.Lock()
PASSWORD = "open sesame"
OWN = {"database", "query", "query_id", "default_format", "session_id", "role", "wait_end_of_query"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=UTF-8" if status == 200 else "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status, code, message):
        self.answer(status, f"Code: {code}. DB::Exception: {message} (version 26.9.2.1 (official build))\n", [("X-ClickHouse-Exception-Code", str(code))])

    def do_GET(self):
        if urlsplit(self.path).path == "/ping":
            return self.answer(200, "Ok.\n")
        return self.run("")

    def do_POST(self):
        length = self.headers.get("Content-Length")
        if length is not None:
            body = self.rfile.read(int(length))
        else:
            chunks = []
            while True:
                size = int(self.rfile.readline().strip() or b"0", 16)
                if size == 0:
                    self.rfile.readline()
                    break
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            body = b"".join(chunks)
        return self.run(body.decode())

    def run(self, body):
        given = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}
        user, _, password = base64.b64decode(self.headers.get("Authorization", "Basic ").split(" ")[-1]).decode().partition(":")
        if password != PASSWORD:
            return self.fail(403, 516, f"{user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)")
        if user == "locked":
            return self.fail(403, 497, f"{user}: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(id) ON d.ratchet_feedback. (ACCESS_DENIED)")
        settings = {name: value for name, value in given.items() if name not in OWN and not name.startswith("param_")}
        if user == "profiled" and settings:
            return self.fail(500, 164, f"Cannot modify '{next(iter(settings))}' setting in readonly mode. (READONLY)")
        sql = "\n".join(part for part in (given.get("query", ""), body) if part)
        if (user == "profiled" or settings.get("readonly") in ("1", "2")) and not re.match(r"\s*(SELECT|WITH|EXPLAIN|DESCRIBE)", sql, re.I):
            return self.fail(500, 164, "Cannot execute query in readonly mode. (READONLY)")
        params = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
        form = re.search(r"\s+FORMAT\s+(\w+)\s*;?\s*$", sql)
        name = form.group(1) if form else "TabSeparated"
        if form:
            sql = sql[: form.start()]
        try:
            with lock:
                if given.get("database"):
                    chdb.query("USE `" + given["database"].replace("`", "\\`") + "`")
                data = str(chdb.query(sql, name, params=params or None))
        except Exception as error:
            text = str(error)
            code = re.search(r"Code: (\d+)", text)
            return self.answer(404 if code and code.group(1) == "60" else 500, text + "\n", [("X-ClickHouse-Exception-Code", code.group(1) if code else "1")])
        return self.answer(200, data, [("X-ClickHouse-Format", name)])


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
