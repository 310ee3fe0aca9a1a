"""Support for tests and benchmarks: inputs, models of Zendesk, and ways to run the connector.

Nothing of the product imports it, and no test module is imported in its place.
"""
