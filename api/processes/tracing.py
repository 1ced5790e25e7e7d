"""Traces by OpenTelemetry: spans of requests and of runs, sent to a collector where one is named.

Without one nothing of OpenTelemetry is imported, and spans cost nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

_SERVICE = "goal-cascade"
_tracer: Any = None
"""Of this process; None where no collector is named."""


class Span(Protocol):
    """What is noted of something that takes time."""

    def set_attribute(self, key: str, value: str | float) -> None: ...

    def update_name(self, name: str) -> None: ...

    def end(self) -> None: ...


class _NoSpan:
    def set_attribute(self, key: str, value: str | float) -> None: ...

    def update_name(self, name: str) -> None: ...

    def end(self) -> None: ...


_NO_SPAN = _NoSpan()


def export_to(collector: str, version: str) -> Any:
    """Send the spans of this process to a collector (OTLP over HTTP); gives the provider, whose end sends the last.

    `collector` is its address, such as http://127.0.0.1:4318. Raises ModuleNotFoundError without the extra `telemetry`.
    """
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({"service.name": _SERVICE, "service.version": version})
    )
    exporter = OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer(_SERVICE, version)
    return provider


def stop() -> None:
    """Make no more spans."""
    global _tracer
    _tracer = None


def begin(
    name: str,
    attributes: Mapping[str, str | float],
    *,
    traceparent: str | None = None,
    of_server: bool = False,
) -> Span:
    """A span that somebody ends; that of a request is a server's, in the trace that its traceparent names."""
    if _tracer is None:
        return _NO_SPAN
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    asked = TraceContextTextMapPropagator().extract({"traceparent": traceparent} if traceparent else {})
    kind = SpanKind.SERVER if of_server else SpanKind.INTERNAL
    span: Span = _tracer.start_span(name, context=asked, kind=kind, attributes=dict(attributes))
    return span


@contextmanager
def spanned(name: str, attributes: Mapping[str, str | float]) -> Iterator[Span]:
    """A span around the block."""
    span = begin(name, attributes)
    try:
        yield span
    except BaseException as fault:
        span.set_attribute("error.type", type(fault).__name__)
        raise
    finally:
        span.end()
