"""A small ray caster: rooms and streets with exact depth."""
