"""How fast the service answers, measured over loopback with the server in a process of its own."""
