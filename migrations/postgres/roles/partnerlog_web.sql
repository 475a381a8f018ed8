-- What processes that serve and collect may do: add to the archive, and look after what is beside it. Nothing that was
-- archived can be altered or deleted by them, and no table.
-- Applied by `partnerlog migrate` where this role exists; each time as a whole.
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM partnerlog_web', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO partnerlog_web', current_schema());
END $$;

-- The archive. What is derived from the versions moves along with them; rights on the tables are rights on their months.
GRANT EXECUTE ON FUNCTION month_of(BIGINT), look_after(BIGINT) TO partnerlog_web;
GRANT SELECT, INSERT ON version, dictionary, term, word, amendment TO partnerlog_web;
GRANT SELECT, INSERT,
    UPDATE (version, versions, ticks, tie, customer, customer_name, "user", application, operation, resource, status,
            source, changed)
    ON record TO partnerlog_web;
GRANT SELECT, UPDATE (pulse, record, version) ON head TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (name) ON account TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (last_ticks, changed) ON customer_name TO partnerlog_web;
-- The tokens of a record go when those of its new version come.
GRANT SELECT, INSERT, DELETE ON search TO partnerlog_web;
GRANT SELECT, UPDATE (indexed_from) ON search_state TO partnerlog_web;

-- How it came to be.
GRANT SELECT, INSERT,
    UPDATE (state, records, read_at, reason, trouble, whole_at, probed_at, known, late, changed)
    ON day TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (ended_at, sha256, finished, read, new, known, revised, rejected) ON import TO partnerlog_web;
-- All but the last thousand runs of an account are forgotten.
GRANT SELECT, INSERT, DELETE ON run TO partnerlog_web;

-- Who saw and took what.
GRANT SELECT, INSERT ON access TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (ended_at, outcome, records, rows, bytes, sha256) ON export TO partnerlog_web;

-- What people make and change.
GRANT SELECT, INSERT, UPDATE, DELETE
    ON saved_view, start_page, stream, stream_delivery, schedule, schedule_delivery, credential, token_request
    TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (name, changed_by, changed_at, changed) ON application_name TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (used_at, revoked_at, revoked_by) ON api_token TO partnerlog_web;

-- What passes.
GRANT SELECT, INSERT, UPDATE, DELETE ON session, sign_in, lease TO partnerlog_web;

-- What is for who migrates, copies and removes old months.
GRANT SELECT ON migration, copy_under_way, removal, tombstone TO partnerlog_web;
GRANT SELECT, INSERT, UPDATE (due) ON request_rate TO partnerlog_web;
