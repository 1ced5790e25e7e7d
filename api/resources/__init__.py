"""The operations of the API: one folder per noun, each with its routes, shapes and service."""
