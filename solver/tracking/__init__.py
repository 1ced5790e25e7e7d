"""After publishing: how far each node has come, what the rest will bring, key results scored, partners' firsts."""
