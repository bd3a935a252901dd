"""The process that runs Python of suites: jobs come on descriptor 4, answers go to descriptor 3, one JSON text a line each."""

import asyncio
import importlib.util
import inspect
import io
import json
import math
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from contextlib import redirect_stdout

MAX_ANSWER = 16 * 1024 * 1024
PARAMETERS = {
    "assertion": ["output", "context"],
    "transform": ["output", "context"],
    "provider": ["prompt", "options", "context"],
    "prompt": ["context"],
    "vars": ["name", "prompt", "vars"],
    "tests": ["config"],
    "scoring": ["namedScores", "context"],
    "http": ["json", "text", "context"],
    "data": [],
}
USUAL = {
    "assertion": "get_assert",
    "transform": "get_transform",
    "provider": "call_api",
    "vars": "get_var",
    "tests": "generate_tests",
    "scoring": "func",
}

answers = os.fdopen(3, "wb", buffering=0)
jobs = os.fdopen(4, "rb")
os.set_inheritable(3, False)
os.set_inheritable(4, False)

parent = os.getppid()
texts = {}
modules = {}
stamps = {}
known_modules = set(sys.modules)


class Invalid(Exception):
    pass


def say(answer):
    line = memoryview(json.dumps(answer).encode() + b"\n")
    while line:
        written = answers.write(line)
        line = line[written or 0 :]


def end_with_parent():
    while True:
        time.sleep(1)
        if os.getppid() != parent:
            os.killpg(os.getpgrp(), signal.SIGKILL)


def stamp(path):
    try:
        found = os.stat(path)
        return (found.st_mtime_ns, found.st_size)
    except OSError:
        return None


def is_stale():
    return any(stamp(path) != was for path, was in stamps.items())


def remember(root):
    """Files of the workspace that were loaded: a process can load them only once."""
    for name in set(sys.modules) - known_modules:
        known_modules.add(name)
        path = getattr(sys.modules[name], "__file__", None)
        if path and path.startswith(root + os.sep) and "site-packages" not in path:
            stamps.setdefault(path, stamp(path))


def inline(job):
    text = job["text"]
    names = job["parameters"] or PARAMETERS[job["purpose"]]
    key = (text, tuple(names))
    if key not in texts:
        if "\n" in text:
            # A function's body, as it is: the first line that is indented says by how much.
            indented = [line[: len(line) - len(line.lstrip())] for line in text.split("\n") if line.strip() and line[0] in " \t"]
            indent = indented[0] if indented else "    "
            body = "\n".join(indent + line for line in text.split("\n"))
        else:
            body = "    return " + text
        space = {"__name__": "code_of_the_suite"}
        try:
            exec(compile("import json\n\ndef main(%s):\n%s\n" % (", ".join(names), body), "<code of the suite>", "exec"), space)
        except SyntaxError as error:
            raise Invalid(str(error))
        if len(texts) > 500:
            texts.clear()
        texts[key] = space["main"]
    return texts[key]


def load(job):
    path = job["file"]
    if path not in modules:
        say({"id": job["id"], "state": "load"})
        folder = os.path.dirname(path)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = os.path.basename(path).rsplit(".", 1)[0]
        stamps.setdefault(path, stamp(path))
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        # Data classes and the like look their module up by its name.
        sys.modules.setdefault(name, module)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            if sys.modules.get(name) is module:
                del sys.modules[name]
            raise
        modules[path] = module
    return modules[path]


def file_function(job):
    name = job.get("name") or USUAL.get(job["purpose"])
    if name is None:
        return None
    try:
        module = load(job)
    except BaseException as error:
        raise Invalid(described(error))
    found = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise Invalid("%s has no function %s" % (os.path.basename(job["file"]), name))
    return found


def as_script(job, args):
    """A file of a prompt without a function: it is run as a program with the context as its argument, and what it prints is the prompt."""
    printed = io.StringIO()
    before = sys.argv
    sys.argv = [job["file"], json.dumps(args[0] if args else None)]
    try:
        with redirect_stdout(printed):
            try:
                runpy.run_path(job["file"], run_name="__main__")
            except SystemExit as end:
                if end.code not in (None, 0):
                    raise
    finally:
        sys.argv = before
    text = printed.getvalue()
    return text[:-1] if text.endswith("\n") else text


def call(job):
    args = json.loads(job["args"])
    if "file" not in job:
        function = inline(job)
        args = args[: len(job["parameters"] or PARAMETERS[job["purpose"]])]
    else:
        function = file_function(job)
    say({"id": job["id"], "state": "enter"})
    if function is None:
        return as_script(job, args)
    if not callable(function):
        return function
    if job["purpose"] == "vars":
        args = args[:3]
    result = function(*args)
    return asyncio.run(awaited(result)) if inspect.isawaitable(result) else result


async def awaited(value):
    return await value


def plain(value):
    """NaN and infinity have no JSON: they are no number that could be compared."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def described(error):
    if isinstance(error, SystemExit):
        return "sys.exit(%s)" % ("" if error.code is None else error.code)
    last = traceback.format_exception_only(type(error), error)
    return "".join(last).strip()


def answer(job):
    id = job["id"]
    if is_stale():
        return {"id": id, "state": "stale"}
    try:
        result = call(job)
        try:
            text = json.dumps(result, allow_nan=False)
        except ValueError:
            text = json.dumps(plain(result), allow_nan=False)
        if len(text) > MAX_ANSWER:
            return {"id": id, "ok": False, "kind": "large", "message": "%d characters, the limit is %d" % (len(text), MAX_ANSWER)}
        return {"id": id, "ok": True, "json": text}
    except Invalid as error:
        return {"id": id, "ok": False, "kind": "invalid", "message": str(error)[:2000]}
    except BaseException as error:
        return {"id": id, "ok": False, "kind": "threw", "message": described(error)[:2000]}


def main():
    if os.name != "nt":
        threading.Thread(target=end_with_parent, daemon=True).start()
    root = os.path.realpath(sys.argv[1])
    # An empty first entry would be the folder of this file.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    sys.path.insert(0, os.getcwd())
    for line in jobs:
        request = json.loads(line)
        if "ping" in request:
            say({"pong": request["ping"]})
            continue
        reply = answer(request)
        remember(root)
        say(reply)
    os._exit(0)


main()
