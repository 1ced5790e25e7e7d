"""Who asks, and what is remembered: the command line, the service, and what they leave behind."""

__all__: list[str] = []
