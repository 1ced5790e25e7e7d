"""How one partner's targets were made, what holds them, and what would change them."""
