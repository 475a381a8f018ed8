-- Tokens of every record's newest version, under the record's number. What they are of can be made anew from the
-- versions, so the index keeps no text of its own.
CREATE VIRTUAL TABLE search USING fts5(tokens, content = '', columnsize = 0, detail = none, tokenize = 'ascii');

-- Every different word among the tokens, in which parts of words are looked up.
CREATE TABLE word (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- How far the index reaches: records from that number on are in it; older ones are added behind the scenes.
CREATE TABLE search_state (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_from INTEGER NOT NULL,
    rules        INTEGER NOT NULL   -- which version of the rules the tokens were made by
) STRICT;
INSERT INTO search_state SELECT 1, coalesce(max(id), 0) + 1, 0 FROM record;

-- The term of the names of the members that the newest version changed.
ALTER TABLE record ADD COLUMN changed INTEGER;

-- Which records were changed after they were added, so that others who hold them in memory notice.
CREATE TABLE amendment (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    record INTEGER NOT NULL
) STRICT;
