-- Dates are .NET ticks (100 ns since 0001-01-01 UTC) where they come from records,
-- and milliseconds since 1970 where they are our own.

CREATE TABLE account (
    id        INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL
) STRICT;

-- Every distinct text that records are filtered by; records hold its number.
CREATE TABLE term (
    id   INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (kind, text)
) STRICT;

-- Under which names a customer appeared, and when last. Customer 0: records that name a company but no id.
CREATE TABLE customer_name (
    customer   INTEGER NOT NULL,
    name       INTEGER NOT NULL,
    last_ticks INTEGER NOT NULL,
    changed    INTEGER NOT NULL,   -- ascends with every change, so that other processes find what is new
    PRIMARY KEY (customer, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_name_changed ON customer_name (changed);

-- Compression dictionaries. One that a version names is never deleted.
CREATE TABLE dictionary (
    id    INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- What Partner Center showed, in the order of archiving. Only ever added to.
CREATE TABLE version (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    record      INTEGER NOT NULL,
    content     BLOB NOT NULL,      -- 128 bits: what it says
    source      INTEGER NOT NULL,   -- 1 collected, 2 imported
    archived_at INTEGER NOT NULL,
    dictionary  INTEGER,            -- NULL: compressed without one
    document    BLOB NOT NULL       -- the record byte for byte, zstd
) STRICT;
CREATE INDEX version_record ON version (record);

-- One row for each record: its newest version, and the columns that filters need.
-- All of it but the identity can be rebuilt from the versions.
CREATE TABLE record (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    event_key     BLOB NOT NULL,    -- 128 bits
    account       INTEGER NOT NULL,
    ordinal       INTEGER NOT NULL, -- which of equal records without ids
    version       INTEGER NOT NULL,
    versions      INTEGER NOT NULL,
    ticks         INTEGER NOT NULL,
    tie           INTEGER NOT NULL, -- place by record id among equal ticks
    customer      INTEGER,
    customer_name INTEGER,
    user          INTEGER,
    application   INTEGER,
    operation     INTEGER NOT NULL,
    resource      INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    source        INTEGER NOT NULL, -- 1 once Partner Center itself showed the newest version
    UNIQUE (event_key, account, ordinal)
) STRICT;
CREATE INDEX record_time      ON record (ticks DESC, tie);
CREATE INDEX record_customer  ON record (customer, ticks DESC, tie);
CREATE INDEX record_user      ON record (user, ticks DESC, tie);
CREATE INDEX record_operation ON record (operation, ticks DESC, tie);
CREATE INDEX record_resource  ON record (resource, ticks DESC, tie);
CREATE INDEX record_status    ON record (status, ticks DESC, tie);

-- How far each UTC day was read.
CREATE TABLE day (
    account INTEGER NOT NULL,
    day     INTEGER NOT NULL,       -- days since 1970
    state   INTEGER NOT NULL,       -- 1 complete, 2 so far, 3 partial
    records INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    reason  TEXT,
    PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    days       INTEGER NOT NULL,
    new        INTEGER NOT NULL,
    known      INTEGER NOT NULL,
    revised    INTEGER NOT NULL,
    error      TEXT
) STRICT;
CREATE INDEX run_account ON run (account, id);

CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sessions and pending sign-ins, under the hash of a secret that only the browser has, sealed with it.
CREATE TABLE session (
    key              BLOB PRIMARY KEY,
    provider_session BLOB,
    expires_at       INTEGER NOT NULL,
    sealed           BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expires_at ON session (expires_at);
CREATE INDEX session_provider ON session (provider_session) WHERE provider_session IS NOT NULL;

CREATE TABLE sign_in (
    key        BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    sealed     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_expires_at ON sign_in (expires_at);
