"""Tables. A document's row id is its log sequence number, so an update is a new row."""

SCHEMA = """
create table if not exists databases (
    number integer primary key autoincrement,
    id text not null unique,
    body blob not null
);
create table if not exists containers (
    number integer primary key autoincrement,
    database integer not null,
    id text not null,
    body blob not null,
    unique (database, id)
);
create table if not exists documents (
    lsn integer primary key,
    container integer not null,
    epk text not null,
    pk text not null,
    id text not null,
    rid text not null,
    ts integer not null,
    ttl integer,
    expires integer,
    body blob not null
);
create unique index if not exists documents_by_key on documents (container, epk, pk, id);
create index if not exists documents_by_expiry on documents (expires) where expires is not null;
create table if not exists unique_values (
    container integer not null,
    pk text not null,
    policy integer not null,
    content text not null,
    document integer not null references documents (lsn) on delete cascade,
    primary key (container, pk, policy, content)
) without rowid;
create index if not exists unique_values_by_document on unique_values (document);
-- The last log sequence number ever given out: deletes take one too, so the documents alone would not tell.
create table if not exists log (one integer primary key check (one = 1), lsn integer not null);
insert or ignore into log values (1, 0);
"""

# The log is folded into the file at 32 MB and not at 4: each time waits for the disk, and everybody with it.
PRAGMAS = """
pragma journal_mode = wal;
pragma synchronous = normal;
pragma foreign_keys = on;
pragma wal_autocheckpoint = 8000;
pragma cache_size = -32768;
"""
