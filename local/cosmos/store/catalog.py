"""Databases and containers: few, so all are in memory, and each change goes to the disk at once."""

from typing import Any

from local.cosmos.codec import decode, encode
from local.cosmos.errors import BadRequestError, ConflictError, NotFoundError, OwnerNotFoundError
from local.cosmos.store.records import etag_of
from local.cosmos.store.resources import Container, Database, container_rid, database_rid
from local.cosmos.store.store import Store
from local.cosmos.store.transaction import Transaction

_DEFAULT_INDEXING = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": '/"_etag"/?'}],
}
_MAX_NAME = 255
# ?1 is the new default time to live of the container ?2.
_EXPIRE_AGAIN = """
    update documents set expires = iif(?1 is null or coalesce(ttl, ?1) = -1, null, ts + coalesce(ttl, ?1))
    where container = ?2
"""


class Catalog:
    """Databases by id, and the containers of each by id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection = store.connection
        self._databases: dict[str, Database] = {}
        self._containers: dict[str, dict[str, Container]] = {}
        self._load()

    def _load(self) -> None:
        numbers: dict[int, Database] = {}
        for number, body in self._connection.execute("select number, body from databases"):
            self._add_database(database := Database(number, decode(body)))
            numbers[number] = database
        for number, owner, body in self._connection.execute("select number, database, body from containers"):
            container = Container.parse(number, numbers[owner], decode(body))
            self._containers[container.database.id][container.id] = container

    def databases(self) -> list[Database]:
        """All databases."""
        return list(self._databases.values())

    def database(self, identifier: str) -> Database:
        """The database; raises NotFoundError."""
        if identifier not in self._databases:
            raise NotFoundError(f"Resource Not Found: there is no database '{identifier}'.")
        return self._databases[identifier]

    def containers(self, database: str) -> list[Container]:
        """All containers of a database; raises NotFoundError."""
        return list(self._containers[self.database(database).id].values())

    def container(self, database: str, identifier: str) -> Container:
        """The container; raises NotFoundError, or OwnerNotFoundError if the database is missing."""
        if database not in self._databases:
            raise OwnerNotFoundError(f"Resource Not Found: there is no database '{database}'.")
        if identifier not in self._containers[database]:
            raise NotFoundError(f"Resource Not Found: there is no container '{identifier}' in '{database}'.")
        return self._containers[database][identifier]

    def create_database(self, request: Any) -> Database:
        """Make a database; raises BadRequestError, ConflictError."""
        identifier = _name(request)
        if identifier in self._databases:
            raise ConflictError(f"Database '{identifier}' already exists.")
        with self._store.transaction() as transaction:
            number = self._insert("insert into databases (id, body) values (?, x'')", (identifier,))
            rid = database_rid(number)
            body = {"id": identifier, "_rid": rid, "_self": f"dbs/{rid}/", "_colls": "colls/", "_users": "users/"}
            database = Database(number, body | self._version(transaction))
            self._connection.execute(
                "update databases set body = ? where number = ?", (encode(database.body), number)
            )
        self._add_database(database)
        return database

    def delete_database(self, identifier: str) -> None:
        """Remove a database with all it holds; raises NotFoundError."""
        database = self.database(identifier)
        with self._store.transaction():
            for container in self.containers(identifier):
                self._delete_rows(container)
            self._connection.execute("delete from databases where number = ?", (database.number,))
        self._store.forget_cached()
        del self._databases[identifier], self._containers[identifier]

    def create_container(self, owner: str, request: Any) -> Container:
        """Make a container; raises BadRequestError, ConflictError, NotFoundError, NotSupportedError."""
        database, identifier = self.database(owner), _name(request)
        if identifier in self._containers[owner]:
            raise ConflictError(f"Container '{identifier}' already exists.")
        body = _container_body(request)
        Container.parse(0, database, body)
        with self._store.transaction() as transaction:
            number = self._insert(
                "insert into containers (database, id, body) values (?, ?, x'')", (database.number, identifier)
            )
            links = _container_links(database, number) | self._version(transaction)
            container = Container.parse(number, database, body | links)
            self._write_body(container)
        self._containers[owner][identifier] = container
        return container

    def replace_container(self, database: str, identifier: str, request: Any) -> Container:
        """Change settings, but not id, partition key or unique keys; raises BadRequestError, NotFoundError."""
        old = self.container(database, identifier)
        if _name(request) != identifier:
            raise BadRequestError("The id of a container cannot be changed.")
        body = _container_body(request)
        for fixed in ("partitionKey", "uniqueKeyPolicy"):
            if fixed in request and body.get(fixed) != old.body.get(fixed):
                raise BadRequestError(f"The '{fixed}' of a container cannot be changed.")
            body |= {fixed: old.body[fixed]} if fixed in old.body else {}
        links = {name: value for name, value in old.body.items() if name.startswith("_")}
        with self._store.transaction() as transaction:
            replaced = Container.parse(old.number, old.database, body | links | self._version(transaction))
            self._write_body(replaced)
            self._connection.execute(_EXPIRE_AGAIN, (replaced.default_ttl, replaced.number))
        self._store.forget_cached()
        self._containers[database][identifier] = replaced
        return replaced

    def delete_container(self, database: str, identifier: str) -> None:
        """Remove a container and its documents; raises NotFoundError."""
        container = self.container(database, identifier)
        with self._store.transaction():
            self._delete_rows(container)
        self._store.forget_cached()
        del self._containers[database][identifier]

    def _delete_rows(self, container: Container) -> None:
        self._connection.execute("delete from documents where container = ?", (container.number,))
        self._connection.execute("delete from containers where number = ?", (container.number,))

    def _write_body(self, container: Container) -> None:
        self._connection.execute(
            "update containers set body = ? where number = ?", (encode(container.body), container.number)
        )

    def _add_database(self, database: Database) -> None:
        self._databases[database.id] = database
        self._containers[database.id] = {}

    def _insert(self, sql: str, values: tuple[object, ...]) -> int:
        number = self._connection.execute(sql, values).lastrowid
        assert number is not None
        return number

    def _version(self, transaction: Transaction) -> dict[str, Any]:
        transaction.lsn += 1
        return {"_etag": etag_of(transaction.lsn), "_ts": int(self._store.clock())}


def _container_body(request: Any) -> dict[str, Any]:
    body = {"indexingPolicy": _DEFAULT_INDEXING} | {
        name: value for name, value in request.items() if not name.startswith("_") and value is not None
    }
    if isinstance(body.get("partitionKey"), dict):
        body["partitionKey"] = {"kind": "Hash", "version": 2} | body["partitionKey"]
    return body


def _container_links(database: Database, number: int) -> dict[str, Any]:
    rid = container_rid(database.number, number)
    links = {"_rid": rid, "_self": f"dbs/{database.rid}/colls/{rid}/", "_docs": "docs/", "_sprocs": "sprocs/"}
    return links | {"_triggers": "triggers/", "_udfs": "udfs/", "_conflicts": "conflicts/"}


def _name(request: Any) -> str:
    name = request.get("id") if isinstance(request, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or set(name) & set("/\\#?"):
        raise BadRequestError("The 'id' must be a string of 1 to 255 characters without / \\ # ?")
    return name
