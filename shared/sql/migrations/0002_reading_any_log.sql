-- What users teach: formats of their own, and the words they want counted in place of the setting's.
CREATE TABLE user_formats (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name       text NOT NULL,
    pattern    text NOT NULL,
    grok       text,
    sample     text NOT NULL,
    timezone   text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, name)
);

CREATE TABLE user_keywords (
    user_id  uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    keywords text[] NOT NULL
);

-- What an export needs to give the input back, and the code page its lines are in where they are no UTF-8.
ALTER TABLE jobs ADD COLUMN ends_in_newline boolean, ADD COLUMN charset text;
CREATE INDEX jobs_by_content ON jobs (owner_id, content_sha256) WHERE content_sha256 IS NOT NULL;

-- The rest of lines longer than max_line_bytes; their first part is the record's raw. The last part of a line has its
-- LF, which `line_bytes` does not count. Each part is a batch of its own, in order behind that of the first.
ALTER TABLE line_parts DROP CONSTRAINT line_parts_pkey;
ALTER TABLE line_parts ADD COLUMN batch_no integer, ADD COLUMN line_bytes integer;
UPDATE line_parts SET
    batch_no = line_part + begins.batch_no,
    line_bytes = octet_length(body) - CASE WHEN get_byte(body, octet_length(body) - 1) = 10 THEN 1 ELSE 0 END
FROM (
    SELECT parts.job_id, parts.line_no, max(batches.batch_no) - max(parts.line_part) AS batch_no
    FROM line_parts AS parts JOIN batches ON batches.job_id = parts.job_id AND batches.first_line = parts.line_no
    GROUP BY parts.job_id, parts.line_no
) AS begins
WHERE begins.job_id = line_parts.job_id AND begins.line_no = line_parts.line_no;
ALTER TABLE line_parts DROP COLUMN line_part,
    ALTER COLUMN batch_no SET NOT NULL, ALTER COLUMN line_bytes SET NOT NULL,
    ADD PRIMARY KEY (job_id, batch_no);
CREATE INDEX line_parts_by_line ON line_parts (job_id, line_no) INCLUDE (line_bytes);

-- Days on which rows of log_records were stored whose job is removed: nothing leads to them any more, and the
-- aggregator deletes them, from `next_line` on.
CREATE TABLE removed_jobs (
    job_id     uuid NOT NULL,
    stored_on  date NOT NULL,
    next_line  bigint NOT NULL DEFAULT 1,
    removed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, stored_on)
);
