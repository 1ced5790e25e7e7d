"""What can be asked: each a typed function from input to one frozen document; no click, no Flask, no database."""
