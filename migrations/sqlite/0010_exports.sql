-- Every export: who took what away, and what exactly. Only ever added to; an export that has ended stays as it is.
CREATE TABLE export (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of beginning; never given twice
    begun_at INTEGER NOT NULL,       -- milliseconds since 1970
    tenant   TEXT NOT NULL,          -- who: the tenant (or issuer) and the object id (or subject); '' for the command line
    object   TEXT NOT NULL,
    name     TEXT NOT NULL,          -- what they are called, as of then; bounded
    query    TEXT NOT NULL,          -- the query string by which the same is exported again; bounded
    ended_at INTEGER,                -- NULL: under way, or its process ended before it did
    outcome  TEXT,                   -- 'whole', 'left' by who took it, 'failed'
    records  INTEGER,
    rows     INTEGER,
    bytes    INTEGER,
    sha256   BLOB                    -- of all bytes that were sent
) STRICT;
CREATE INDEX export_person ON export (tenant, object, id);

CREATE TRIGGER export_is_not_changed BEFORE UPDATE ON export
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.id <> OLD.id OR NEW.begun_at <> OLD.begun_at
  OR NEW.tenant <> OLD.tenant OR NEW.object <> OLD.object OR NEW.name <> OLD.name OR NEW.query <> OLD.query
BEGIN SELECT RAISE(ABORT, 'exports are only added to'); END;

CREATE TRIGGER export_is_not_deleted BEFORE DELETE ON export
BEGIN SELECT RAISE(ABORT, 'exports are only added to'); END;
