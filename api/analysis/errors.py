"""What may stand against an analysis, besides mistakes in its input, which raise scenarios.Refused."""


class InvalidRequest(ValueError):  # noqa: N818 - says what it is, as Refused does
    """A request names what its scenario does not have, or asks what cannot be asked of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """The field of the request that is meant; empty for all of it."""
        self.message = message
        """What is wrong with it, and what there is instead."""
