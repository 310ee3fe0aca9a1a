"""Inputs that tests hand over to the connector, and the refusals that they expect."""
