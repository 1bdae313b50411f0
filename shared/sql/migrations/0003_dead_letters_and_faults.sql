-- Who may see what belongs to nobody, such as dead letters without a job.
ALTER TABLE users ADD COLUMN is_operator boolean NOT NULL DEFAULT false;

-- `input_error`: why the input could not be read to its end; `error_message` is what the job's owner is told in the end.
-- `notice`: what holds an upload up just now. `lines_sha256`: of the lines as they were sent, as a raw export gives them.
ALTER TABLE jobs ADD COLUMN input_error text, ADD COLUMN notice text, ADD COLUMN lines_sha256 bytea;
UPDATE jobs SET input_error = error_message
WHERE sealed_at IS NOT NULL AND error_message IS NOT NULL AND (
    status = 'processing'
    OR status = 'failed' AND error_message !~ '(batches never arrived|accounted for)$'
);

-- Days nothing leads to any more can be dropped.
CREATE INDEX batches_by_day ON batches (stored_on);

-- A replay of dead letters: those it took carry its id, until another takes them. The counts are those at its end; while
-- it runs, they are counted from its letters.
CREATE TABLE replays (
    replay_id  uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    filter     jsonb NOT NULL,
    status     text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'cancelled')),
    total      bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    published  bigint,
    stored     bigint,
    dead_again bigint,
    waiting    bigint
);
CREATE INDEX replays_by_user ON replays (user_id, created_at DESC, replay_id DESC);
CREATE INDEX replays_running ON replays (created_at) WHERE status = 'running';

-- waiting → replaying → stored, or waiting again where it died once more; or discarded: its bytes are gone, its lines
-- still count as dead-lettered. `attempts`: [{at, error, worker}], oldest first. `properties`: type, content_type,
-- content_encoding, message_id, timestamp.
ALTER TABLE dead_letters
    ADD COLUMN state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'replaying', 'stored', 'discarded')),
    ADD COLUMN first_line bigint,
    ADD COLUMN properties jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN attempts jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN trace text,
    ADD COLUMN replays integer NOT NULL DEFAULT 0,
    ADD COLUMN replay_id uuid REFERENCES replays ON DELETE SET NULL,
    ADD COLUMN published_at timestamptz,
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
-- Those recorded before had no properties of their own: what every line batch has.
UPDATE dead_letters SET properties = jsonb_build_object(
    'type', 'line_batch', 'content_type', 'application/vnd.logmill.lines', 'content_encoding', 'zstd',
    'message_id', job_id || ':' || batch_no)
WHERE job_id IS NOT NULL AND batch_no IS NOT NULL;
CREATE INDEX dead_letters_by_time ON dead_letters (dead_lettered_at DESC, dead_letter_id DESC);
CREATE INDEX dead_letters_waiting ON dead_letters (job_id) WHERE state = 'waiting';
CREATE INDEX dead_letters_by_replay ON dead_letters (replay_id) INCLUDE (state, published_at, dead_lettered_at)
    WHERE replay_id IS NOT NULL;
CREATE INDEX dead_letters_replaying ON dead_letters (replay_id, published_at) WHERE state = 'replaying';

-- Who did what to jobs and dead letters. Outlives its subjects.
CREATE TABLE audit_events (
    audit_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at    timestamptz NOT NULL DEFAULT now(),
    user_id        uuid REFERENCES users ON DELETE SET NULL,
    action         text NOT NULL,
    job_id         uuid,
    dead_letter_id uuid,
    replay_id      uuid,
    details        jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_events_by_user ON audit_events (user_id, audit_id DESC);
CREATE INDEX audit_events_by_job ON audit_events (job_id, audit_id DESC) WHERE job_id IS NOT NULL;
CREATE INDEX audit_events_by_dead_letter ON audit_events (dead_letter_id) WHERE dead_letter_id IS NOT NULL;

-- The letters an action met, however many.
CREATE TABLE audited_letters (
    dead_letter_id uuid NOT NULL REFERENCES dead_letters ON DELETE CASCADE,
    audit_id       bigint NOT NULL REFERENCES audit_events ON DELETE CASCADE,
    PRIMARY KEY (dead_letter_id, audit_id)
);
CREATE INDEX audited_letters_by_audit ON audited_letters (audit_id);

-- Jobs that were removed: what of them still comes out of a queue leaves no trace.
CREATE TABLE job_tombstones (
    job_id     uuid PRIMARY KEY,
    removed_at timestamptz NOT NULL DEFAULT now()
);
