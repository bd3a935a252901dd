"""A Phoenix that nobody else can reach and that calls nobody: python phoenix_server.py FOLDER HTTP_PORT GRPC_PORT

PHOENIX_HOST holds for HTTP only; the address of the gRPC collector is written down in Phoenix itself as every interface. It is given to
grpc.aio, so that is where it becomes the loopback. Whatever Phoenix would fetch when it starts (a sandbox, an assistant's documents) is off.
More settings, such as authentication, come by the environment.
"""

import os
import runpy
import sys

folder, http_port, grpc_port = sys.argv[1:4]

SETTINGS = {
    "PHOENIX_HOST": "127.0.0.1",
    "PHOENIX_PORT": http_port,
    "PHOENIX_GRPC_PORT": grpc_port,
    "PHOENIX_WORKING_DIR": folder,
    "PHOENIX_TELEMETRY_ENABLED": "false",
    "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
    "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    "PHOENIX_AGENTS_DISABLE_BASH": "true",
    "PHOENIX_ENABLE_MCP_SERVER": "false",
    "PHOENIX_ALLOWED_SANDBOX_PROVIDERS": "NONE",
    "PHOENIX_LOG_MIGRATIONS": "false",
}
os.environ.update(SETTINGS)

import grpc.aio  # noqa: E402  (Phoenix reads its settings when it is imported)

make_server = grpc.aio.server


def make_loopback_server(*args, **kwargs):
    server = make_server(*args, **kwargs)
    listen = server.add_insecure_port
    server.add_insecure_port = lambda address: listen("127.0.0.1:" + address.rsplit(":", 1)[1])
    return server


grpc.aio.server = make_loopback_server
sys.argv = ["phoenix", "serve"]
runpy.run_module("phoenix.server.main", run_name="__main__")
