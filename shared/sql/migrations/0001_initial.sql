-- Users and how they come in.
CREATE TABLE users (
    user_id       uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    api_key_id   uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL,
    prefix       text NOT NULL,
    key_hash     bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);

-- One input being ingested. The api writes the columns up to `sealed_at`, the aggregator the rest.
CREATE TABLE jobs (
    job_id              uuid PRIMARY KEY,
    owner_id            uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    source              text NOT NULL,
    file_name           text NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    receiving_seen_at   timestamptz NOT NULL DEFAULT now(),
    bytes_total         bigint,
    bytes_received      bigint NOT NULL DEFAULT 0,
    batches_total       integer,
    lines_read          bigint NOT NULL DEFAULT 0,
    content_sha256      bytea,
    sealed_at           timestamptz,
    status              text NOT NULL DEFAULT 'receiving' CHECK (status IN (
        'receiving', 'processing', 'completed', 'completed_with_errors', 'failed', 'cancelled', 'interrupted')),
    error_message       text,
    batches_folded      integer NOT NULL DEFAULT 0,
    batches_done        integer NOT NULL DEFAULT 0,
    lines_stored        bigint NOT NULL DEFAULT 0,
    lines_rejected      bigint NOT NULL DEFAULT 0,
    lines_dead_lettered bigint NOT NULL DEFAULT 0,
    format_counts       jsonb NOT NULL DEFAULT '{}',
    started_at          timestamptz,
    completed_at        timestamptz,
    failed_at           timestamptz
);
CREATE INDEX jobs_by_owner ON jobs (owner_id, created_at DESC, job_id DESC);
CREATE INDEX jobs_open ON jobs (status) WHERE status IN ('receiving', 'processing');

-- The ledger: a line batch is in it exactly when its rows are stored. Identity of every row, and its index by line.
CREATE TABLE batches (
    job_id         uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    batch_no       integer NOT NULL,
    first_line     bigint NOT NULL,
    line_count     integer NOT NULL,
    lines_stored   integer NOT NULL,
    lines_rejected integer NOT NULL,
    stored_on      date NOT NULL,
    stored_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, batch_no)
);

-- A batch's sums, waiting to be folded; the aggregator deletes what it folds, in the same transaction.
CREATE TABLE partials (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    batch_no integer NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (job_id, batch_no)
);

-- Records, by the day they were stored. No unique index: the ledger is their identity. Addresses are valid and in
-- canonical form already; as text they cost the COPY nothing (cast to inet to search by network).
CREATE TABLE log_records (
    job_id      uuid NOT NULL,
    line_no     bigint NOT NULL,
    stored_on   date NOT NULL,
    line_count  integer NOT NULL,
    logged_at   timestamptz,
    severity    smallint,
    message     text NOT NULL,
    logger      text,
    hostname    text,
    pid         bigint,
    client_ip   text,
    method      text,
    url         text,
    status      smallint,
    bytes       bigint,
    duration_ms double precision,
    user_id     text,
    trace_id    text,
    referer     text,
    user_agent  text,
    attrs       jsonb,
    raw         bytea,
    format      text NOT NULL
) PARTITION BY RANGE (stored_on);
CREATE INDEX log_records_by_line ON log_records USING brin (job_id, line_no)
    WITH (pages_per_range = 32);
CREATE INDEX log_records_by_time ON log_records USING brin (logged_at) WITH (pages_per_range = 128);

CREATE TABLE rejected_lines (
    job_id     uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    line_no    bigint NOT NULL,
    line_count integer NOT NULL,
    reason     text NOT NULL,
    detail     text NOT NULL,
    raw        bytea NOT NULL,
    format     text NOT NULL
);
CREATE INDEX rejected_lines_by_line ON rejected_lines (job_id, line_no);

-- The rest of lines longer than max_line_bytes; their first part is the record's raw.
CREATE TABLE line_parts (
    job_id    uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    line_no   bigint NOT NULL,
    line_part integer NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (job_id, line_no, line_part)
);

-- Line batches no worker could store, with their bytes.
CREATE TABLE dead_letters (
    dead_letter_id   uuid PRIMARY KEY,
    job_id           uuid REFERENCES jobs ON DELETE CASCADE,
    batch_no         integer,
    line_count       bigint NOT NULL DEFAULT 0,
    reason           text NOT NULL,
    detail           text NOT NULL,
    headers          jsonb NOT NULL,
    body             bytea NOT NULL,
    dead_lettered_at timestamptz NOT NULL DEFAULT now(),
    folded_at        timestamptz,
    UNIQUE (job_id, batch_no)
);
CREATE INDEX dead_letters_unfolded ON dead_letters (job_id) WHERE folded_at IS NULL;

-- What a job's records add up to; the sketches are mergeable bytes.
CREATE TABLE job_stats (
    job_id          uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    summary         bytea NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Records by minute. Kept by job so that deleting a job takes it out of every chart.
CREATE TABLE rollups (
    job_id    uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    dimension text NOT NULL,
    bucket    timestamptz NOT NULL,
    value     text NOT NULL,
    records   bigint NOT NULL,
    PRIMARY KEY (job_id, dimension, bucket, value)
);

CREATE FUNCTION ensure_log_partition(day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := 'log_records_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('logmill.log_partition'));
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF log_records FOR VALUES FROM (%L) TO (%L)',
                       name, day, day + 1);
    END IF;
    RETURN name;
END $$;
