-- Who saw what is not shown to everybody. Only ever added to.
CREATE TABLE access (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of asking; never given twice
    at      INTEGER NOT NULL,       -- milliseconds since 1970
    tenant  TEXT NOT NULL,          -- who: the tenant (or issuer) and the object id (or subject)
    object  TEXT NOT NULL,
    name    TEXT NOT NULL,          -- what they are called, as of then; bounded
    action  TEXT NOT NULL,          -- 'reveal', 'raw', 'export'; more may follow
    subject TEXT NOT NULL           -- the id of the record, or the query string of the export; bounded
) STRICT;

CREATE TRIGGER access_is_not_changed BEFORE UPDATE ON access
BEGIN SELECT RAISE(ABORT, 'the access log is only added to'); END;

CREATE TRIGGER access_is_not_deleted BEFORE DELETE ON access
BEGIN SELECT RAISE(ABORT, 'the access log is only added to'); END;
