"""An application under the real OpenTelemetry SDK: answers of a model as spans, what was said of them as logs. Where they go, the environment says."""

import sys
import time

from opentelemetry import _logs, trace
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

count = int(sys.argv[1])
resource = Resource.create({"service.name": "desk", "host.name": "host-of-somebody"})
spans = TracerProvider(resource=resource)
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
tracer = spans.get_tracer("desk")
logger = logs.get_logger("desk")

for n in range(count):
    with tracer.start_as_current_span("chat") as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "a-model",
                "promptratchet.prompt.name": "support/answer",
                "promptratchet.prompt.version": "v2",
                "user.id": f"user-{n}",
                "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Write to anna@example.org"}]}]',
                "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Done."}]}]',
            }
        )
        # Beside the span, as an application does it whose users rate what they got.
        logger.emit(
            LogRecord(
                timestamp=time.time_ns(),
                context=trace.set_span_in_context(span),
                event_name="gen_ai.evaluation.result",
                attributes={
                    "gen_ai.evaluation.name": "thumb",
                    "gen_ai.evaluation.score.value": float(n % 4 > 0),
                    "promptratchet.actor.kind": "end_user",
                    "user.id": f"user-{n}",
                },
            )
        )
        # Within it, as a judge writes it that runs with the application.
        span.add_event(
            "gen_ai.evaluation.result",
            {
                "gen_ai.evaluation.name": "grounded",
                "gen_ai.evaluation.score.value": 0.5,
                "promptratchet.actor.kind": "llm_judge",
                "promptratchet.score.min": 0.0,
                "promptratchet.score.max": 1.0,
            },
        )

spans.shutdown()
logs.shutdown()
