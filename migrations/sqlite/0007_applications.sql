-- The names that this partner gave to applications. Nothing here is part of the archive's records.
CREATE TABLE application_name (
    application TEXT PRIMARY KEY,   -- its id as records have it, folded
    name        TEXT,               -- NULL: taken away again
    changed_by  TEXT NOT NULL,      -- for display; bounded
    changed_at  INTEGER NOT NULL,
    changed     INTEGER NOT NULL    -- ascends with every change, so that other processes find what is new
) STRICT, WITHOUT ROWID;
CREATE INDEX application_name_changed ON application_name (changed);
