"""Cursors: where a list goes on, opaque to the caller, signed, good for one list of one organisation only."""

from itsdangerous import BadSignature, URLSafeSerializer

from api.web.problems import HttpProblem


class Cursors:
    """Signs and reads cursors with the server's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, listing: str, after: str) -> str:
        """The cursor for the rest of the listing, which names organisation, path and filters."""
        return self._signer(listing).dumps(after)

    def read(self, listing: str, cursor: str) -> str:
        """Where the rest starts; raises HttpProblem 400 for anything that was not signed for this listing."""
        try:
            after = self._signer(listing).loads(cursor)
        except BadSignature:
            raise HttpProblem("bad-cursor", "The cursor was not given out for this list.") from None
        return str(after)

    def _signer(self, listing: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=f"cursor {listing}")
