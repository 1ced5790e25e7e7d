"""How a request is read, recognised, limited and answered, whatever it is about."""
