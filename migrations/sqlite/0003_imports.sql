-- Every file that was imported, finished or not. What it says of records is for readers only: the records themselves
-- name the import they came from.
CREATE TABLE import (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    file        TEXT NOT NULL,      -- the name it was given under, bounded
    format      TEXT NOT NULL,
    size        INTEGER NOT NULL,   -- in bytes
    sha256      BLOB,               -- NULL until it was read to its end
    imported_by TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,            -- NULL while it goes on, or when it was broken off
    finished    INTEGER NOT NULL,   -- 1: read to its end
    read        INTEGER NOT NULL,
    new         INTEGER NOT NULL,
    known       INTEGER NOT NULL,
    revised     INTEGER NOT NULL,
    rejected    INTEGER NOT NULL
) STRICT;

-- Which import a version came from; NULL: Partner Center itself, or a version of partnerlog before this.
ALTER TABLE version ADD COLUMN import INTEGER;
