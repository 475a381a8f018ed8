-- The names that this partner gave to applications. Nothing here is part of the archive's records.
CREATE TABLE application_name (
    application TEXT COLLATE "C" PRIMARY KEY,   -- its id as records have it, folded
    name        TEXT COLLATE "C",               -- NULL: taken away again
    changed_by  TEXT COLLATE "C" NOT NULL,      -- for display; bounded
    changed_at  BIGINT NOT NULL,
    changed     BIGINT NOT NULL    -- ascends with every change, so that other processes find what is new
);
CREATE INDEX application_name_changed ON application_name (changed);
