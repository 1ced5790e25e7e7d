"""What the service counts for Prometheus; one registry per server, nothing global."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "cascade_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._runs = Gauge(
            "cascade_runs", "Unfinished runs of all organisations", ["state"], registry=self.registry
        )
        self._workers = Gauge("cascade_workers", "Workers that are there", registry=self.registry)
        self.deliveries = Counter(
            "cascade_webhook_tries", "Tries to deliver a message", ["outcome"], registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def text(self, *, runs: dict[str, int], workers: int) -> bytes:
        """All of them, in Prometheus' text format, with the gauges as given."""
        for state, number in runs.items():
            self._runs.labels(state).set(number)
        self._workers.set(workers)
        return generate_latest(self.registry)
