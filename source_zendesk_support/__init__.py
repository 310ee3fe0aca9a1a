"""Airbyte-protocol source connector for Zendesk Support and Help Center."""
