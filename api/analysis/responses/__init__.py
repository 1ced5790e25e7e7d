"""Responses: what each counter of a partner would cost everybody else, alone and all together."""
