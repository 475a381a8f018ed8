-- What is known of a day beyond its last reading, so that a page can say whether it is complete.
ALTER TABLE day ADD COLUMN trouble TEXT;                        -- the kind of what went wrong, as a code
ALTER TABLE day ADD COLUMN whole_at INTEGER;                    -- the last reading that showed all of it
ALTER TABLE day ADD COLUMN probed_at INTEGER;                   -- the last time its count was compared
ALTER TABLE day ADD COLUMN known INTEGER NOT NULL DEFAULT 0;    -- shown again and skipped, over all readings
ALTER TABLE day ADD COLUMN late INTEGER NOT NULL DEFAULT 0;     -- appeared after the day was first complete
ALTER TABLE day ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;  -- got another version
UPDATE day SET whole_at = read_at WHERE state <> 3;

ALTER TABLE run ADD COLUMN trouble TEXT;
ALTER TABLE run ADD COLUMN throttled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
