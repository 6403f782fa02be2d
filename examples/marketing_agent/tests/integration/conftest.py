"""Real servers for the tests of this folder."""

from tests.servers import (
    database_url,
    empty_database_url,
    migrated_template,
    postgres_server,
    redis_namespace,
    redis_url,
)

__all__ = ["database_url", "empty_database_url", "migrated_template", "postgres_server", "redis_namespace", "redis_url"]
