"""Pictures, drawn on the server as SVG in the page: they take its colours, and their marks are links."""
