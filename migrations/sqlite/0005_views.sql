-- Names for addresses of the log. Nothing here is part of the archive's records.
CREATE TABLE saved_view (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: start pages and bookmarks name it
    tenant     TEXT NOT NULL,       -- whose it is: the tenant (or issuer) and the object id (or subject)
    object     TEXT NOT NULL,
    owner_name TEXT NOT NULL,       -- for display, as of the last saving; bounded
    name       TEXT NOT NULL,
    folded     TEXT NOT NULL,       -- the name without case: what makes it one of its owner's names
    query      TEXT NOT NULL,       -- the query string, without what moves
    span       TEXT,                -- a range that moves along; NULL: the dates are in the query string
    shared     INTEGER NOT NULL,    -- 1: seen by everybody who may see the log
    saved_at   INTEGER NOT NULL,
    UNIQUE (tenant, object, folded)
) STRICT;

CREATE INDEX saved_view_shared ON saved_view (folded, id) WHERE shared = 1;

-- Where a reader begins. It may name a view that is gone or private by now, and then counts for nothing.
CREATE TABLE start_page (
    tenant TEXT NOT NULL,
    object TEXT NOT NULL,
    view   INTEGER NOT NULL,
    PRIMARY KEY (tenant, object)
) STRICT, WITHOUT ROWID;
