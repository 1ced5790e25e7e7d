"""Mappings and lists that know where in a file each of their parts stands."""

from typing import Any

from scenarios.findings.finding import Place


class Map(dict[str, Any]):
    """A mapping that knows where each key and each value stands."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}

    def put(self, key: str, value: object, place: Place, value_place: Place) -> None:
        """Set a key together with its places."""
        self[key] = value
        self.places[key] = place
        self.value_places[key] = value_place

    def take(self, key: str, other: "Map") -> None:
        """Set a key to what another mapping says, with that one's places."""
        self.put(key, other[key], other.places[key], other.value_places[key])

    def drop(self, key: str) -> None:
        """Remove a key and its places."""
        del self[key], self.places[key], self.value_places[key]

    def copy(self) -> "Map":
        """A mapping that can be changed without changing this one; its values are shared."""
        twin = Map(self.place)
        for key in self:
            twin.take(key, self)
        return twin


class List(list[Any]):
    """A list that knows where each of its items stands."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: object, place: Place) -> None:
        """Append an item together with its place."""
        self.append(value)
        self.places.append(place)
