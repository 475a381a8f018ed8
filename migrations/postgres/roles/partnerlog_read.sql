-- What reports may read: the archive and how it came to be. Nothing that lets anybody in, and nothing of who looked at what.
-- Applied by `partnerlog migrate` where this role exists; each time as a whole.
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM partnerlog_read', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO partnerlog_read', current_schema());
END $$;

GRANT SELECT
    ON account, record, version, dictionary, term, customer_name, application_name, head, day, run, import, migration, removal, tombstone
    TO partnerlog_read;
