"""A real PostgreSQL for the migrations of the image."""

from tests.servers import empty_database_url, migrated_template, postgres_server

__all__ = ["empty_database_url", "migrated_template", "postgres_server"]
