-- Secrets that webhooks are signed with, each bound to whose the deliveries are. Kept as they are: a signature is
-- checked with the secret itself.
CREATE TABLE webhook_secrets (
    webhook_secret_id uuid PRIMARY KEY,
    owner_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name              text NOT NULL,
    secret            text NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    last_used_at      timestamptz
);
CREATE INDEX webhook_secrets_by_owner ON webhook_secrets (owner_id, created_at);

-- A rolling job: the deliveries of one repository (`feed`) on one day of UTC, until it is closed. `next_*`: the place of
-- what comes next in it. Closed by the aggregator after its day, or when its job is cancelled.
CREATE TABLE webhook_feeds (
    job_id     uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    owner_id   uuid NOT NULL,
    feed       text NOT NULL,
    day        date NOT NULL,
    next_batch integer NOT NULL DEFAULT 0,
    next_line  bigint NOT NULL DEFAULT 1,
    next_byte  bigint NOT NULL DEFAULT 0,
    closed_at  timestamptz
);
CREATE UNIQUE INDEX webhook_feeds_open ON webhook_feeds (owner_id, feed, day) WHERE closed_at IS NULL;
CREATE INDEX webhook_feeds_to_close ON webhook_feeds (day) WHERE closed_at IS NULL;

-- What was delivered, once: the place it was given does not change, however often it comes.
CREATE TABLE webhook_deliveries (
    owner_id    uuid NOT NULL,
    delivery_id text NOT NULL,
    job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    batch_no    integer NOT NULL,
    line_no     bigint NOT NULL,
    line_count  integer NOT NULL,
    event       text NOT NULL,
    action      text,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, delivery_id)
);
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, batch_no);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (owner_id, received_at DESC, delivery_id DESC);

-- Line batches of webhook jobs that the broker has not confirmed yet, with their lines (zstd): published until it has.
-- `tried_at`: when somebody last set about it.
CREATE TABLE webhook_batches (
    job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    batch_no    integer NOT NULL,
    first_line  bigint NOT NULL,
    line_count  integer NOT NULL,
    byte_offset bigint NOT NULL,
    body_bytes  bigint NOT NULL,
    body        bytea NOT NULL,
    tried_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, batch_no)
);
CREATE INDEX webhook_batches_by_try ON webhook_batches (tried_at);
