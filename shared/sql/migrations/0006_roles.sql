-- What the services do to tables, as functions that run with their owner's rights: roles without any right to make or
-- drop a table can do just this. `python -m services.migrate` says who may call them.

-- Makes the table of a day's records where it is missing, and answers its name.
CREATE OR REPLACE FUNCTION ensure_log_partition(day date) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    partition text := 'log_records_' || to_char(day, 'YYYYMMDD');
    adder     name;
BEGIN
    -- Records are stored under the day of the clock. Other days are for those who could make a table without this.
    IF partition IS NULL OR partition !~ '^log_records_\d{8}$' OR (
        day NOT BETWEEN current_date - 7 AND current_date + 7 AND NOT pg_has_role(session_user, current_user, 'MEMBER')
    ) THEN
        RAISE EXCEPTION 'no records are stored under the day %', day USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass(partition) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('logmill.log_partition'));
        -- Asked of the table itself: what to_regclass remembers may be of before somebody else had the lock.
        IF EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = partition) THEN
            RETURN partition;
        END IF;
        -- PARTITION OF would wait for everybody who reads records, a backup of hours among them, and all for it.
        EXECUTE format('CREATE TABLE %I (LIKE log_records INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING STORAGE'
                       ' INCLUDING COMPRESSION)', partition);
        EXECUTE format('ALTER TABLE log_records ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       partition, day, day + 1);
        -- COPY goes straight into it, past the rights on the whole table.
        FOR adder IN
            SELECT DISTINCT r.rolname FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
            WHERE c.oid = 'log_records'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
        LOOP
            EXECUTE format('GRANT INSERT ON %I TO %I', partition, adder);
        END LOOP;
    END IF;
    RETURN partition;
END $$;

-- Drops a day's records that no batch of any job leads to; false where one does, or where they are gone.
CREATE FUNCTION drop_log_partition(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    partition text := 'log_records_' || to_char(day, 'YYYYMMDD');
BEGIN
    -- Rows are stored under today, just after midnight also under yesterday.
    IF day IS NULL OR day >= current_date - 1 THEN
        RAISE EXCEPTION 'records may still be stored under the day %', day USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_inherits WHERE inhparent = 'log_records'::regclass AND inhrelid = to_regclass(partition)
    ) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY log_records, %I IN ACCESS EXCLUSIVE MODE', partition);
    IF EXISTS (SELECT FROM batches WHERE stored_on = day) THEN
        RETURN false;
    END IF;
    DELETE FROM removed_jobs WHERE stored_on = day;
    EXECUTE format('DROP TABLE %I', partition);
    RETURN true;
END $$;

-- Brings one partition's index by line up to date, which only its owner may.
CREATE FUNCTION summarise_line_index(line_index oid) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_inherits WHERE inhparent = 'log_records_by_line'::regclass AND inhrelid = line_index
    ) THEN
        RAISE EXCEPTION 'no index of records by line: %', line_index USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN brin_summarize_new_values(line_index::regclass);
END $$;

-- Names and days mean what they mean here, whatever the caller's search path and time zone say.
DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY
        ARRAY['ensure_log_partition(date)', 'drop_log_partition(date)', 'summarise_line_index(oid)']
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
        EXECUTE format('ALTER FUNCTION %s SET timezone = ''UTC''', signature);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
    END LOOP;
END $$;
