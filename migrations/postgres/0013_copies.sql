-- One row as long as this archive is being made as a copy of another one: until then nobody serves it or adds to it.
CREATE TABLE copy_under_way (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    source   TEXT COLLATE "C" NOT NULL, -- the other one's address, for display
    content  BYTEA,              -- what its first version says, and when it was archived: no other archive has both;
    archived_at BIGINT,          -- NULL: it had none
    begun_at BIGINT NOT NULL,    -- milliseconds since 1970
    indexing BIGINT NOT NULL     -- 1: what is in the search index is of the records that are here
);
